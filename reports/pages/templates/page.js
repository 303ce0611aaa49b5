"use strict";
(() => {
  const root = document.documentElement, kept = "tajdid-theme";
  const remembered = (() => { try { return localStorage.getItem(kept); } catch { return null; } })();
  if (remembered) root.dataset.theme = remembered;

  document.querySelectorAll(".theme").forEach((button) => button.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem(kept, root.dataset.theme); } catch { /* a page opened from a mail may keep nothing */ }
  }));

  const words = new Intl.Collator(root.lang, { numeric: true });
  // Amounts may have more digits than a float: whole parts are compared by their length first.
  const byNumber = (a, b) => {
    const sign = (text) => (text.startsWith("-") ? -1 : 1);
    if (sign(a) !== sign(b)) return sign(a) - sign(b);
    const [wholeA, partA = ""] = a.replace("-", "").split("."), [wholeB, partB = ""] = b.replace("-", "").split(".");
    const larger = wholeA.length - wholeB.length || (wholeA > wholeB) - (wholeA < wholeB) || (partA > partB) - (partA < partB);
    return larger * sign(a);
  };
  const sort = (table, at, ascending, numeric) => {
    const rows = [...table.tBodies[0].rows];
    const key = (row) => row.cells[at].dataset.v ?? row.cells[at].textContent.trim();
    const compare = numeric ? byNumber : words.compare;
    rows.map((row) => [key(row), row])
      .sort(([a], [b]) => (a === "" || b === "" ? (a === "") - (b === "") : compare(a, b) * (ascending ? 1 : -1)))
      .forEach(([, row]) => table.tBodies[0].append(row));
  };
  document.querySelectorAll("table.sortable").forEach((table) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, at) => head.firstElementChild.addEventListener("click", () => {
      const ascending = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      sort(table, at, ascending, head.classList.contains("num"));
    }));
  });
})();
