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

# What the days of `busy_club` leave out: who waits for a person, a bad row of a file, a run under way, one undone.
ROWS = """
    INSERT INTO tajdid.quarantine (membership, on_date, reason, message, run_id)
        VALUES ('pending', '2028-03-01', 'no_price', 'No price', 1);
    INSERT INTO tajdid.rejects (stage, entity, record, reason, message, sha256, line, on_date)
        VALUES ('intake', 'payments', 'p9', 'unknown_customer', 'Who?', 'abc', 7, '2028-03-01');
    INSERT INTO tajdid.runs (flow, as_of) VALUES ('nightly', '2028-12-01');
    INSERT INTO tajdid.undo_refusals (run_id, entity, record, reason, message)
        SELECT max(run_id), 'payments', 'p1', 'spent', 'It has been spent since' FROM tajdid.runs;
"""

CHECKS = {
    "ck_allocations_sign": (
        "allocations SET amount_minor = 0",
        "allocations SET amount_minor = -1 WHERE kind <> 'return'",
        "allocations SET amount_minor = 1 WHERE kind = 'return'",
    ),
    "ck_calendar_months_not_empty": ("calendar_months SET ends_on = starts_on",),
    "ck_companies_point_value_positive": ("companies SET point_value = 0",),
    "ck_credit_charges_expires_after_start": ("credit_charges SET expires_on = starts_on",),
    "ck_credit_charges_quantity_positive": ("credit_charges SET quantity = 0",),
    "ck_credit_types_decimals_range": ("credit_types SET decimals = -1", "credit_types SET decimals = 7"),
    "ck_credit_usages_quantity_positive": ("credit_usages SET quantity = 0",),
    "ck_currencies_minor_digits_range": ("currencies SET minor_digits = -1", "currencies SET minor_digits = 5"),
    "ck_dunning_levels_days_overdue_not_negative": ("dunning_levels SET days_overdue = -1",),
    "ck_dunning_levels_fee_not_negative": ("dunning_levels SET fee_minor = -1",),
    "ck_dunning_levels_level_positive": ("dunning_levels SET level = 0",),
    "ck_entries_balanced": ("entries SET cash = cash + 1", "entries SET receivable = 0 WHERE event = 'issue'"),
    "ck_freezes_ended_after_start": ("freezes SET started_on = NULL, held_after = NULL WHERE ended_on IS NOT NULL",),
    "ck_freezes_held_from_start": (
        "freezes SET held_after = NULL WHERE started_on IS NOT NULL",
        "freezes SET held_after = started_on - 2",
        "freezes SET held_after = started_on + 1",
    ),
    "ck_freezes_moved_forward": ("freezes SET moved_days = -1 WHERE ended_on IS NOT NULL",),
    "ck_freezes_moved_when_ended": (
        "freezes SET ended_on = NULL WHERE ended_on IS NOT NULL",
        "freezes SET moved_days = 1 WHERE ended_on IS NULL",
    ),
    "ck_freezes_started_when_applied": ("freezes SET applied_on = NULL",),
    "ck_invoice_series_last_no_not_negative": ("invoice_series SET last_no = -1",),
    "ck_invoices_credit_note_corrects": (
        "invoices SET corrects = NULL WHERE kind = 'credit_note'",
        "invoices SET corrects = 'CLUB-2028-000002' WHERE invoice = 'CLUB-2028-000001'",
    ),
    "ck_invoices_paid_within_total": (
        "invoices SET paid_minor = -1 WHERE open_minor > 0",
        "invoices SET paid_minor = total_minor + 1 WHERE open_minor > 0",
        "invoices SET paid_minor = 1 WHERE kind = 'credit_note'",
    ),
    "ck_invoices_rewarded_when_paid": (
        "invoices SET granted_on = issued_on WHERE open_minor > 0",
        "invoices SET earned_on = issued_on WHERE open_minor > 0",
        "invoices SET settled_on = NULL, paid_minor = 0 WHERE settled_on IS NOT NULL",
    ),
    "ck_invoices_settled_with_date": (
        "invoices SET paid_minor = total_minor WHERE open_minor > 0",
        "invoices SET settled_on = issued_on WHERE open_minor > 0",
        "invoices SET settled_on = NULL, granted_on = NULL, earned_on = NULL WHERE settled_on IS NOT NULL",
        "invoices SET settled_on = issued_on WHERE kind = 'credit_note'",
        "invoices SET settled_on = issued_on WHERE voided_on IS NOT NULL",
    ),
    "ck_invoices_sign": (
        "invoices SET total_minor = -1, net_minor = -1, tax_minor = 0 WHERE open_minor > 0",
        "invoices SET total_minor = 1, net_minor = 1, tax_minor = 0 WHERE kind = 'credit_note'",
    ),
    "ck_invoices_total_is_net_and_tax": ("invoices SET net_minor = net_minor + 1 WHERE open_minor > 0",),
    "ck_invoices_void_keeps_no_money": ("invoices SET paid_minor = 1 WHERE voided_on IS NOT NULL",),
    "ck_lots_never_below_zero": ("lots SET remaining = -1", "lots SET remaining = quantity + 1"),
    "ck_lots_quantity_positive": ("lots SET quantity = 0, remaining = 0",),
    "ck_lots_withdrawn_empty": ("lots SET withdrawn_on = '2028-03-01' WHERE remaining > 0",),
    "ck_loyalty_rules_points_positive": ("loyalty_rules SET points = 0",),
    "ck_loyalty_rules_spend_amount_positive": ("loyalty_rules SET spend_amount = 0",),
    "ck_memberships_carried_after_start": ("memberships SET carried_until = started_on",),
    "ck_memberships_closed_by_request": (
        "memberships SET status = 'closed', closed_on = '2028-03-01' WHERE membership = 'open'",
        "memberships SET closing = NULL WHERE status = 'closed'",
    ),
    "ck_memberships_closed_with_date": (
        "memberships SET status = 'closed', closing = 'c9'",
        "memberships SET closed_on = '2028-03-01'",
    ),
    "ck_memberships_closes_once": (
        "memberships SET closes_with = 1 WHERE membership = 'open'",
        "memberships SET closes_with = 1 WHERE status = 'closed'",
        "memberships SET closing = NULL WHERE closes_with IS NOT NULL",
    ),
    "ck_memberships_discount_range": (
        "memberships SET discount_percent = -0.1",
        "memberships SET discount_percent = 100.1",
    ),
    "ck_memberships_quantity_positive": ("memberships SET quantity = 0",),
    "ck_memberships_standing_whole": (
        "memberships SET anchor_on = NULL WHERE membership = 'open'",
        "memberships SET paid_until = NULL WHERE membership = 'open'",
        "memberships SET status = 'pending' WHERE membership = 'open'",
        "memberships SET status = 'active' WHERE membership = 'pending'",
    ),
    "ck_memberships_unit_price_not_negative": ("memberships SET unit_price_minor = -1",),
    "ck_movements_sign": (
        *(f"movements SET quantity = 0 WHERE kind = '{kind}'" for kind in ("grant", "charge", "earn", "return")),
        *(f"movements SET quantity = 0 WHERE kind = '{kind}'" for kind in ("usage", "redemption", "expiry")),
        "movements SET quantity = 1 WHERE kind = 'redemption'",
        "movements SET quantity = -1 WHERE kind = 'return'",
    ),
    "ck_payments_amount_positive": ("payments SET amount_minor = 0",),
    "ck_payments_applied_by_a_run": (
        "payments SET run_id = NULL WHERE applied_on IS NOT NULL",
        "payments SET applied_on = paid_on WHERE applied_on IS NULL",
    ),
    "ck_payments_unapplied_within_amount": (
        "payments SET unapplied_minor = -1",
        "payments SET unapplied_minor = amount_minor + 1",
    ),
    "ck_payments_waits_untouched": ("payments SET unapplied_minor = 1 WHERE applied_on IS NULL",),
    "ck_periods_billed_when_due": ("periods SET bills_on = opened_on + 1",),
    "ck_periods_billed_with_invoice": (
        "periods SET bills_on = NULL WHERE invoice IS NOT NULL",
        "periods SET bills_on = opened_on WHERE invoice IS NULL",
    ),
    "ck_periods_carried_stays": ("periods SET void = TRUE WHERE invoice IS NULL",),
    "ck_periods_not_empty": ("periods SET ends_on = starts_on",),
    "ck_plan_credits_quantity_positive": ("plan_credits SET quantity = 0",),
    "ck_plan_credits_valid_days_positive": ("plan_credits SET valid_days = 0",),
    "ck_plan_prices_price_not_negative": ("plan_prices SET price_minor = -1",),
    "ck_plans_can_be_kept": ("plans SET grace_days = 0, lead_days = 0",),
    "ck_plans_days_not_negative": (
        "plans SET terms_days = -1",
        "plans SET lead_days = -1",
        "plans SET grace_days = -1, auto_renew = FALSE",
        "plans SET freeze_days_max = -1",
    ),
    "ck_plans_interval_count_range": ("plans SET interval_count = 0", "plans SET interval_count = 3661"),
    "ck_plans_tax_rate_range": ("plans SET tax_rate = -0.01", "plans SET tax_rate = 1"),
    "ck_point_allocations_sign": (
        "point_allocations SET points = 0",
        "point_allocations SET amount_minor = 0",
        *(f"point_allocations SET {name} = -1 WHERE kind = 'redemption'" for name in ("points", "amount_minor")),
        *(f"point_allocations SET {name} = 1 WHERE kind = 'return'" for name in ("points", "amount_minor")),
    ),
    "ck_redemptions_points_positive": ("redemptions SET points = 0",),
    "ck_refund_allocations_amount_not_zero": ("refund_allocations SET amount_minor = 0",),
    "ck_refunds_amount_positive": ("refunds SET amount_minor = 0",),
    "ck_refunds_decided_whole": (
        "refunds SET outcome = NULL WHERE outcome IS NOT NULL",
        "refunds SET outcome = 'done' WHERE outcome IS NULL",
    ),
    "ck_runs_finished_with_instant": (
        "runs SET finished_at = NULL WHERE state = 'completed'",
        "runs SET finished_at = now() WHERE state = 'running'",
    ),
    "ck_runs_undone_by_a_run": (
        "runs SET state = 'undone' WHERE state = 'completed'",
        "runs SET undone_by = run_id WHERE state = 'completed'",
    ),
    "ck_status_changes_is_a_change": ("status_changes SET from_status = to_status",),
}

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
