"""What does the store refuse by itself, whoever asks? Every CHECK and every unique key, a step past its boundary.

A new one without a case here fails `test_every_check_and_unique_key_is_tried`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from models.metadata import SCHEMA
from models.schema import metadata
from tests.factories import busy_club
from tests.models.checks import CHECKS

# What the days of `busy_club` leave out: who waits for a person, a bad row, a run under way, one undone, a backfill,
# an attempt to deliver.
ROWS = """
    INSERT INTO tajdid.quarantine (membership, on_date, reason, message, run_id)
        VALUES ('pending', '2028-03-01', 'no_price', 'No price', 1);
    INSERT INTO tajdid.rejects (stage, entity, record, reason, message, sha256, line, on_date)
        VALUES ('intake', 'payments', 'p9', 'unknown_customer', 'Who?', 'abc', 7, '2028-03-01');
    INSERT INTO tajdid.runs (flow, as_of) VALUES ('nightly', '2028-12-01');
    INSERT INTO tajdid.backfills (flow, first_day, last_day, reason, requested_by, state, finished_at)
        VALUES ('nightly', '2028-03-01', '2028-03-02', 'outage', 'ops', 'failed', now());
    INSERT INTO tajdid.holds (run_id, step, shard, as_of, why, counts, money)
        SELECT max(run_id), 'renewals', '1/1', '2028-03-01', 'ten times as many', '{}', '{}' FROM tajdid.runs;
    INSERT INTO tajdid.number_claims (run_id, step, part, taken) VALUES (1, 'renewals', 1, '{}');
    INSERT INTO tajdid.erasures (customer, reason, erased_by)
        SELECT min(customer), 'asked for it', 'ops' FROM tajdid.customers;
    INSERT INTO tajdid.deliveries (message_id, attempt, channel, started_at, finished_at, outcome, reply)
        SELECT min(message_id), 1, 'email', now(), now(), 'retry', '451' FROM tajdid.messages;
    INSERT INTO tajdid.inbox_files (version, name) VALUES ('v1', 'plans.csv');
    INSERT INTO tajdid.undo_refusals (run_id, entity, record, reason, message)
        SELECT max(run_id), 'payments', 'p1', 'spent', 'It has been spent since' FROM tajdid.runs;
"""

WORDS = {
    "memberships": "paid_until IS NOT NULL",
    "refunds": "outcome IS NOT NULL",
    "runs": "state = 'completed'",
    "invoices": "open_minor > 0",
}
"""For tables where only some rows show it; every `ck_<table>_<column>_known` refuses a word that nobody knows."""


def again(table: str, where: str = "TRUE", **changed: str) -> str:
    """INSERT a row that is there already, with some columns changed."""
    of = metadata.tables[f"{SCHEMA}.{table}"]
    kept = [column.name for column in of.columns if column.computed is None and column.identity is None]
    values = {f'"{name}"': changed.get(name, f'"{name}"') for name in kept}  # quoted: FREEZE is a word of SQL
    source = f"SELECT {', '.join(values.values())} FROM {SCHEMA}.{table} WHERE {where} LIMIT 1"
    return f"INSERT INTO {SCHEMA}.{table} ({', '.join(values)}) {source}"


KEYS = {
    "uq_backfills_unfinished": again("backfills"),
    "uq_calendar_months_calendar_starts_on": again("calendar_months", month="month + 100000"),
    "uq_companies_invoice_prefix": again("companies", company="'other'"),
    "uq_freeze_changes_freeze_requested_on_resumes_on": again("freeze_changes"),
    "uq_freezes_running": again("freezes", "started_on IS NOT NULL AND ended_on IS NULL", freeze="'f9'"),
    "uq_invoices_corrects": again("invoices", "kind = 'credit_note'", invoice="'CLUB-2028-000005'"),
    "uq_lots_source": again("lots"),
    "uq_messages_once": again("messages"),
    "uq_movements_once": again("movements"),
    "uq_periods_invoice": again("periods", "void"),
    "uq_periods_membership_start": again("periods", "NOT void", invoice="NULL", bills_on="NULL"),
    "uq_quarantine_waiting": again("quarantine", run_id="run_id + 1"),
    "uq_rejects_apply": again("rejects", "stage = 'apply'"),
    "uq_rejects_intake": again("rejects", "stage = 'intake'"),
    "uq_runs_unfinished": again("runs", "state = 'running'"),
} | {
    of.primary_key.name: again(of.name)
    for of in metadata.tables.values()
    if not any(column.identity for column in of.primary_key)
}
"""The memory of what was done: the same fact a second time."""


def cases() -> Iterator[tuple[str, str]]:
    for name, updates in CHECKS.items():
        yield from ((name, f"UPDATE {SCHEMA}.{update}") for update in updates)
    for table, name in known_words():
        column = name.removeprefix(f"ck_{table}_").removesuffix("_known")
        yield name, f"UPDATE {SCHEMA}.{table} SET {column} = 'nonsense' WHERE {WORDS.get(table, 'TRUE')}"
    yield from KEYS.items()


def checks() -> set[tuple[str, str]]:
    found = ((of.name, key.name) for of in metadata.tables.values() for key in of.constraints)
    return {(table, str(name)) for table, name in found if str(name).startswith("ck_")}


def known_words() -> list[tuple[str, str]]:
    return sorted((table, name) for table, name in checks() if name.endswith("_known"))


@pytest.fixture(scope="module")
def filled(shared_database, tmp_path_factory) -> Iterator[sa.Connection]:
    """A store with a row in every table."""
    with busy_club(shared_database, tmp_path_factory.mktemp("busy")) as store:
        store.exec_driver_sql(ROWS)
        # What a trigger refuses as a change of a document would never reach its CHECK.
        store.exec_driver_sql("ALTER TABLE tajdid.invoices DISABLE TRIGGER documents_are_final")
        yield store


@pytest.fixture
def busy(filled) -> Iterator[sa.Connection]:
    """The same store for each test: its changes are taken back."""
    savepoint = filled.begin_nested()
    yield filled
    savepoint.rollback()


@pytest.mark.parametrize(("name", "statement"), list(cases()), ids=[name for name, _ in cases()])
def test_store_refuses(busy, name, statement):
    with pytest.raises(IntegrityError) as refused:
        busy.exec_driver_sql(statement)
    assert refused.value.orig.diag.constraint_name == name


def test_every_check_and_unique_key_is_tried():
    tried = {name for name, _ in cases()}
    unique = {key.name for of in metadata.tables.values() for key in (*of.constraints, *of.indexes) if is_unique(key)}
    assert {name for _, name in checks()} | unique == tried


def test_every_table_has_a_row_to_try_it_on(busy):
    """A CHECK refuses nothing where there is no row."""
    counts = {name: busy.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() for name in metadata.tables}
    assert [name for name, count in counts.items() if not count] == []


def is_unique(key: sa.Constraint | sa.Index) -> bool:
    if isinstance(key, sa.PrimaryKeyConstraint):
        return not any(column.identity for column in key)
    return isinstance(key, sa.UniqueConstraint) or (isinstance(key, sa.Index) and bool(key.unique))


@pytest.mark.parametrize(
    "statement",
    [
        again("periods", "void", void="FALSE", invoice="NULL", bills_on="NULL"),  # L3.8: the void one does not count
        again("quarantine", run_id="run_id + 1", released_at="now()"),
        again("runs", "state = 'completed'"),
        again("runs", "state = 'running'", parent_id="run_id"),
        again("freezes", "started_on IS NOT NULL AND ended_on IS NULL", freeze="'f9'", membership="'open'"),
        again("freezes", "ended_on IS NOT NULL", freeze="'f9'"),
        again(
            "freezes", freeze="'f9'", **dict.fromkeys(("started_on", "held_after", "ended_on", "moved_days"), "NULL")
        ),  # it was refused
        again("freeze_changes", resumes_on="resumes_on + 1"),
        again("lots", withdrawn_on="'2028-03-01'", remaining="0"),  # what a run made that was undone
        again("messages", status="'cancelled'"),
        again("refund_allocations", run_id="run_id + 1", amount_minor="-amount_minor"),  # the refund was undone
        again("rejects", "stage = 'intake'", line="line + 1"),
        again("rejects", "stage = 'apply'", entity="'closures'"),
        "UPDATE tajdid.invoices SET paid_minor = total_minor, settled_on = issued_on WHERE open_minor > 0",
        "UPDATE tajdid.plans SET grace_days = NULL, lead_days = 0",
        "UPDATE tajdid.plans SET grace_days = 0, lead_days = 1",
        "UPDATE tajdid.plans SET grace_days = 0, lead_days = 0, auto_renew = FALSE",
        "UPDATE tajdid.memberships SET discount_percent = 100",
        "UPDATE tajdid.movements SET quantity = -1 WHERE kind IN ('grant', 'charge', 'earn')",  # undone
        "UPDATE tajdid.freezes SET moved_days = 0 WHERE ended_on IS NOT NULL",
        "UPDATE tajdid.runs SET state = 'undone', undone_by = run_id WHERE state = 'completed'",
    ],
)
def test_store_takes_what_is_just_within(busy, statement):
    assert busy.exec_driver_sql(statement).rowcount > 0
