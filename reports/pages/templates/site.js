"use strict";
(() => {
  const root = document.documentElement, kept = "tajdid-language", known = ["ar", "fa", "en"], most = 60;
  const index = JSON.parse(document.getElementById("index").textContent);
  const field = document.getElementById("search"), hits = document.getElementById("hits"), found = document.getElementById("found");

  const speak = (language) => {
    root.lang = language;
    root.dir = language === "en" ? "ltr" : "rtl";
    document.querySelectorAll("[data-language]").forEach((button) => button.setAttribute("aria-pressed", button.dataset.language === language));
    search();
  };

  // One spelling of what people write in several: letters of Arabic and Persian, marks, digits of three kinds.
  const letters = { "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "ؤ": "و", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ء": "" };
  const fold = (text) => text.normalize("NFKC").toLowerCase()
    .replace(/[يىئكةۀؤأإآٱء]/g, (letter) => letters[letter])
    .replace(/[\u064B-\u065F\u0670\u06D6-\u06ED\u0640\u200B-\u200F\u202A-\u202E\u2066-\u2069]/g, "")
    .replace(/[٠-٩]/g, (digit) => digit.charCodeAt(0) - 0x660)
    .replace(/[۰-۹]/g, (digit) => digit.charCodeAt(0) - 0x6F0)
    .replace(/[\s\-_/.,،]+/g, " ").trim();
  window.tajdidFold = fold;

  const titles = index.reports.map(([name, ...said]) => ({ name, said, folded: fold([name, ...said].join(" ")) }));
  const companies = index.companies.map((company) => ({ ...company, folded: fold(company.name + " " + decodeURIComponent(company.path)) }));

  const search = () => {
    const words = fold(field.value).split(" ").filter(Boolean);
    hits.replaceChildren();
    found.replaceChildren();
    document.querySelectorAll("section.company").forEach((section) => { section.hidden = words.length > 0; });
    if (!words.length) return;
    const has = (text) => words.every((word) => text.includes(word));
    let count = 0;
    for (const company of companies) for (const [day, said, reports] of company.days) {
      const of = `${company.folded} ${fold(day)} ${fold(said)}`;
      for (const at of reports) {
        if (count === most) return;
        if (!has(`${titles[at].folded} ${of}`)) continue;
        count += 1;
        hits.append(hit(company, day, said, titles[at]));
      }
    }
    if (!count) found.replaceChildren(...[...document.getElementById("words").children].map((word) => word.cloneNode(true)));
  };
  const hit = (company, day, said, report) => {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = `${company.path}/${day}/${report.name}.html`;
    const title = report.said[known.indexOf(root.lang)];
    [title, company.name, said].forEach((text, at) => {
      const part = document.createElement("bdi");
      part.textContent = text;
      link.append(...(at ? [" · ", part] : [part]));
    });
    item.append(link);
    return item;
  };

  field.addEventListener("input", search);
  document.querySelectorAll("[data-language]").forEach((button) => button.addEventListener("click", () => {
    try { localStorage.setItem(kept, button.dataset.language); } catch { /* nothing is kept */ }
    speak(button.dataset.language);
  }));
  const wished = (() => { try { return localStorage.getItem(kept); } catch { return null; } })();
  const spoken = [wished, ...navigator.languages.map((language) => language.slice(0, 2))];
  speak(spoken.find((language) => known.includes(language)) ?? "en");
})();
