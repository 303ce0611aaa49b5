"""How fast are renewals, and how far from the floor: COPYing the very same rows into the same tables?

    python benchmarks/renewals.py --due 100000

Each round copies one prepared database twice. In the first the renewal step runs as `nightly` runs it, books and
messages included. From it the written rows are exported, and COPYed into the second: the same tables, indexes and
references, and the same updates. The last line is one JSON object; figures are medians of the rounds.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sqlalchemy as sa

from tasks import database, renewals, schema
from tasks.embedded import embedded_url
from tasks.runs import open_pass, perform
from tasks.settings import settings

AS_OF = date(2028, 3, 31)
WRITTEN = ("invoices", "periods", "entries", "messages")

PREPARE = """
INSERT INTO tajdid.companies (company, name, timezone, currency, language, invoice_prefix)
    VALUES ('c1', 'Gym', 'Asia/Riyadh', 'SAR', 'ar', 'GYM'), ('c2', 'Club', 'Asia/Kuwait', 'KWD', 'en', 'CLB');
INSERT INTO tajdid.plans (plan, company, name, interval_unit, interval_count, currency, tax_rate, tax_included,
        terms_days, lead_days, grace_days, auto_renew, closable, on_expiry)
    SELECT 'p' || n, 'c' || n % 2 + 1, 'Plan ' || n, 'month', 1 + n % 3, CASE n % 2 WHEN 0 THEN 'SAR' ELSE 'KWD' END,
        0.15, n % 4 = 0, 7, 0, 10, true, true, 'void' FROM generate_series(0, 7) n;
INSERT INTO tajdid.plan_prices SELECT plan, '2020-01-01', 19900 FROM tajdid.plans;
INSERT INTO tajdid.plan_prices SELECT plan, '2028-02-01', 21900 FROM tajdid.plans;
INSERT INTO tajdid.customers (customer, company, kind, name, email, language)
    SELECT 'cu' || to_char(n, 'FM00000000'), 'c' || n % 2 + 1, 'person', 'Member ' || n, n || '@example.com',
        CASE WHEN n % 5 > 0 THEN 'ar' END FROM generate_series(1, {due}) n;
INSERT INTO tajdid.memberships (membership, customer, plan, started_on, carried_until, status, anchor_on, ordinal,
        billed_until, paid_until, run_id)
    SELECT 'm' || to_char(n, 'FM00000000'), 'cu' || to_char(n, 'FM00000000'), 'p' || n % 8, '2027-12-31', '2028-03-31',
        'active', '2027-12-31', 3 / (1 + n % 8 % 3), '2028-03-31', '2028-03-31', 0 FROM generate_series(1, {due}) n;
INSERT INTO tajdid.periods (membership, starts_on, ends_on, anchor_on, ordinal, opened_on, run_id)
    SELECT membership, started_on, carried_until, anchor_on, ordinal, '2028-01-01', 0 FROM tajdid.memberships
"""


def main() -> None:
    """Run the rounds and print their medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--due", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    server = os.environ.get("TAJDID_DATABASE_URL") or embedded_url(Path(tempfile.mkdtemp(prefix="tj-")))
    prepare(server, arguments.due)
    rounds = []
    for number in range(arguments.rounds):
        rounds.append(measure(server, arguments.due))
        print(f"round {number + 1}: {json.dumps(rounds[-1])}")
    for name in ("bench_prepared", "bench_step", "bench_floor"):
        admin(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    result = {key: round(statistics.median(r[key] for r in rounds), 3) for key in rounds[0]}
    result["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps({"due": arguments.due, **result}))


def admin(server: str, statement: str) -> None:
    """Run one statement on the server's own database."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def use(server: str, name: str, template: str | None = None) -> None:
    """Create a database, or copy one, and let this process work on it."""
    database._engine.cache_clear()
    admin(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    admin(server, f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    os.environ["TAJDID_DATABASE_URL"] = sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    settings.cache_clear()


def prepare(server: str, due: int) -> None:
    """A store of `due` memberships, each with a period that ends on AS_OF."""
    use(server, "bench_prepared")
    schema.upgrade()
    with database.engine().begin() as connection:
        for statement in PREPARE.format(due=due).split(";"):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    with database.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    database.engine().dispose()


def measure(server: str, due: int) -> dict[str, float]:
    """One round: the step, the floor, and the step with nothing due."""
    use(server, "bench_step", "bench_prepared")
    of = open_pass("renewals", AS_OF, (renewals.STEP,), 1)
    checkpoint(server)
    step = timed(lambda: perform(renewals.STEP, of, of.parts(renewals.STEP)[0]))
    again = open_pass("nightly", AS_OF, (renewals.STEP,), 1)
    with database.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE tajdid.memberships")
    idle = timed(lambda: perform(renewals.STEP, again, again.parts(renewals.STEP)[0]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export(folder)
        database.engine().dispose()
        use(server, "bench_floor", "bench_prepared")
        floor = copy_back(server, folder)
    database.engine().dispose()
    return {
        "renewals_per_second": due / step,
        "ratio_to_copy": step / floor,
        "nothing_due_seconds": idle,
        "step_seconds": step,
        "copy_seconds": floor,
    }


def checkpoint(server: str) -> None:
    """Begin each measurement with nothing left to write from the one before."""
    admin(server, "CHECKPOINT")


def timed(work: object) -> float:
    """Seconds that `work` takes."""
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began


def columns_of(connection: sa.Connection, table: str) -> str:
    """The columns that can be written: not those that the server computes."""
    rows = connection.execute(
        sa.text(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(:name) AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = '' AND attidentity = '' ORDER BY attnum"
        ),
        {"name": f"tajdid.{table}"},
    )
    return ", ".join(row.attname for row in rows)


def export(folder: Path) -> None:
    """Keep what the step wrote, and the new standings, as files."""
    standing = "SELECT membership, ordinal, billed_until, owes_since, run_id FROM tajdid.memberships"
    with database.engine().connect() as connection:
        for table in WRITTEN:
            new = "WHERE run_id > 0" if table == "periods" else ""
            rows = f"SELECT {columns_of(connection, table)} FROM tajdid.{table} {new}"
            copy(connection, f"COPY ({rows}) TO STDOUT (FORMAT binary)", folder / table, "wb")
        copy(connection, f"COPY ({standing}) TO STDOUT (FORMAT binary)", folder / "standing", "wb")


def copy(connection: sa.Connection, statement: str, path: Path, mode: str) -> None:
    """Run a COPY between a file and the server."""
    with path.open(mode) as file:
        assert isinstance(file, io.BufferedIOBase)
        connection.connection.cursor().copy_expert(statement, file)


def copy_back(server: str, folder: Path) -> float:
    """COPY the same rows into the same tables and make the same updates; returns the seconds."""
    with database.engine().begin() as connection:
        connection.exec_driver_sql(
            "CREATE TEMP TABLE standing"
            " (membership text, ordinal int, billed_until date, owes_since date, run_id bigint)"
        )
        copy(connection, "COPY standing FROM STDIN (FORMAT binary)", folder / "standing", "rb")
        connection.exec_driver_sql("ANALYZE standing")
        checkpoint(server)
        began = time.perf_counter()
        for table in WRITTEN:
            into = f"COPY tajdid.{table} ({columns_of(connection, table)}) FROM STDIN (FORMAT binary)"
            copy(connection, into, folder / table, "rb")
        connection.exec_driver_sql(
            "UPDATE tajdid.memberships m SET ordinal = s.ordinal, billed_until = s.billed_until,"
            " owes_since = s.owes_since, run_id = s.run_id FROM standing s WHERE s.membership = m.membership"
        )
        connection.commit()
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
