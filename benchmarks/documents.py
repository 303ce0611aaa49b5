"""How many documents a second does one process write, and how far is that from the floor: its bare words as a PDF?

    python benchmarks/documents.py --size 100000 --documents 300

The store holds `size` memberships with a year of invoices and payments. For each kind its facts are read as a batch and
every document is typeset; the floor is a page with the same texts one under the other, by the same compiler, fonts and
standards, in the same round. The last line is one JSON object; figures are medians of the rounds.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.stores import Store
from benchmarks.story import AS_OF
from reports.company import Company
from reports.documents import typesetting
from reports.documents.documents import KINDS, Draft, drafts
from tasks import database
from tasks.company_folders import companies_of_store

STORE = Store(k="20", months=12)
MEASURED = ("invoice", "receipt", "statement", "statement_summary", "card")


def main() -> None:
    """Run the rounds and print their medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with databases.server() as server:
        STORE.prepare(server, arguments.size)
        databases.use(server, databases.STEP, databases.PREPARED)
        rounds = []
        for number in range(arguments.rounds):
            rounds.append(figures(arguments.documents))
            print(f"round {number + 1}: {json.dumps(rounds[-1])}", flush=True)
    result = {key: round(statistics.median(r[key] for r in rounds), 3) for key in rounds[0]}
    result["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps({"size": arguments.size, "documents": arguments.documents, **result}))


def figures(count: int) -> dict[str, float]:
    """One round: for each kind documents a second and how many times its floor they take; the reading by itself."""
    result: dict[str, float] = {}
    with database.transaction() as connection:
        company = replace(companies_of_store(connection)[0], tax_number="310000000000003")
        for kind in MEASURED:
            ids = _ids(connection, kind, company, count)
            read_seconds, made = databases.timed(
                lambda kind=kind, ids=ids: list(drafts(connection, company, kind, ids, as_of=AS_OF))
            )
            write_seconds, written = databases.timed(lambda made=made: [draft.document() for draft in made])
            if len({document.content for document in written}) != count:
                raise SystemExit(f"{kind}: {count} documents of {count} different ones were expected.")
            floor_seconds, _ = databases.timed(lambda made=made: _bare_words(made))
            seconds = read_seconds + write_seconds
            result[f"{kind}_per_second"] = count / seconds
            result[f"{kind}_ratio_to_bare_words"] = seconds / floor_seconds
            result[f"{kind}_reading_seconds"] = read_seconds
    return result


def _ids(connection: sa.Connection, kind: str, company: Company, count: int) -> list[str]:
    """The first ids of a company of which such a document can be asked."""
    of = KINDS[kind].customer_of.subquery()
    owned = sa.text("SELECT customer FROM tajdid.customers WHERE company = :company").bindparams(
        company=company.company
    )
    query = sa.select(of.c.id).where(of.c.customer.in_(owned.columns(sa.column("customer"))))
    return list(connection.execute(query.order_by(of.c.id).limit(count)).scalars())


def _bare_words(of: Sequence[Draft]) -> None:
    compiler = typesetting.compiler(None)
    for draft in of:
        page, voice = draft.laid_out()
        texts = json.dumps([page.title, *_texts(page.words), *_texts(page.body)], ensure_ascii=False)
        compiler.compile(
            input=_BARE.encode(),
            sys_inputs={"texts": texts, "language": voice.language},
            format="pdf",
            pdf_standards=typesetting.STANDARDS,
            timestamp=0,
        )


_BARE = """#set document(title: json(bytes(sys.inputs.texts)).first())
#set text(lang: sys.inputs.language, font: "Vazirmatn")
#json(bytes(sys.inputs.texts)).map(entry => [#entry]).join(linebreak())
"""


def _texts(of: Any) -> Iterator[str]:
    """All that is written in what a template is given; a drawing is no text."""
    if isinstance(of, str) and not of.startswith("<svg"):
        yield of
    elif isinstance(of, Mapping):
        yield from (text for part in of.values() for text in _texts(part))
    elif isinstance(of, list | tuple):
        yield from (text for part in of for text in _texts(part))


if __name__ == "__main__":
    main()
