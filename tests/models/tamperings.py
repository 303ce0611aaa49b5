"""What somebody may do to the second company of `busy_club`, the spa, and which record the audit then has to name.

The state is that of 1 March 2028 (`tests.factories.spa`); a record of None says that the store is still healthy.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.factories import BUSY_ON

DUNNED, EARNED, FROZEN, KEPT, LAPSED, AHEAD, RESTED, FEE, ASKED = (
    f"SPA-2028-{number:06}" for number in (1, 2, 3, 4, 5, 8, 10, 11, 13)
)
"""Invoices by their membership; AHEAD is the void one of `left`, FEE that of a notice, ASKED came of a request."""


@dataclass(frozen=True)
class Tampering:
    """What somebody did, and the record that has to be named; nothing where it is still healthy."""

    statement: str
    record: str | None


def of(record: str | None, *statements: str) -> list[Tampering]:
    """Several ways to break the same record, by UPDATE where no other verb is given."""
    verbs = ("INSERT", "DELETE", "ALTER", "UPDATE", "SELECT")
    written = [text if text.lstrip().startswith(verbs) else f"UPDATE tajdid.{text}" for text in statements]
    return [Tampering(text, record) for text in written]


def not_done(step: str) -> str:
    """Nothing can be asked of a step that the day has not come to."""
    return f"DELETE FROM tajdid.steps WHERE step = '{step}'; UPDATE tajdid."


RUNS_ON = "ended_on = NULL, moved_days = NULL"
NEW_FREEZE = """
    INSERT INTO tajdid.freezes ("freeze", membership, requested_on, starts_on, resumes_on, applied_on)
    VALUES ('f', 'earner', '2028-03-01', '2028-03-01', '2028-03-05', {})
"""
NEW_LOT = """
    INSERT INTO tajdid.lots (customer, credit_type, source, source_id, quantity, remaining, starts_on, run_id)
    VALUES ('s4', 'visits', 'charge', 'h9', 5, {}, '2028-03-01', 1)
"""
PAID_WITH_BOTH = f"""
    UPDATE tajdid.allocations SET amount_minor = amount_minor - 100 WHERE payment = 'p-earner';
    UPDATE tajdid.payments SET unapplied_minor = 100 WHERE payment = 'p-earner';
    INSERT INTO tajdid.point_allocations (redemption, invoice, run_id, kind, points, amount_minor, on_date)
    VALUES ('d-kept', '{EARNED}', 1, 'redemption', 2, 100, '2028-03-01')
"""
UNDO_RUN = """
    INSERT INTO tajdid.runs (flow, as_of, state, finished_at) VALUES ('undo', '2028-03-01', 'completed', {});
    UPDATE tajdid."""
CAME = """
    INSERT INTO tajdid.intake_files (sha256, name, entity, loaded, unchanged, rejected)
    VALUES ('abc', 'late.csv', '{}', 1, 0, 0);"""
VOID_FEE = f"UPDATE tajdid.invoices SET voided_on = '{BUSY_ON}' WHERE kind = 'fee'"
REVERSED = f"""
    INSERT INTO tajdid.entries (company, currency, on_date, event, source, receivable, fee_income, run_id)
    SELECT company, currency, '{BUSY_ON}', event, source, -receivable, -fee_income, run_id
    FROM tajdid.entries WHERE source = '{FEE}' ORDER BY entry_id DESC LIMIT 1;"""
"""The entry of a fee taken back; once more, and it is booked again."""
BOOKED = f"""
    INSERT INTO tajdid.entries (company, currency, on_date, event, source, cash, customer_credit, run_id)
    VALUES ('club', 'SAR', '{BUSY_ON}', 'payment', 'p2', {{0}}, -({{0}}), 1)
"""
NOT_STARTED = "status = 'pending', anchor_on = NULL, ordinal = NULL, billed_until = NULL, paid_until = NULL"
NOT_REWARDED = "granted_on = NULL, earned_on = NULL"
DUE = "UPDATE tajdid.plans SET lead_days = 6 WHERE plan = 'quiet'"
"""The next period of `frozen` and `leaving` since 29 February, of `rested` since today."""
THAWED = f"memberships SET status = 'active' WHERE membership = 'frozen'; {DUE}"
OVER = f"expires_on = '{BUSY_ON}'"

LIFE: dict[str, list[Tampering]] = {
    "frozen_unlike_freezes": [
        *of("frozen", "memberships SET status = 'active' WHERE membership = 'frozen'"),
        *of("frozen", "freezes SET ended_on = '2028-03-01', moved_days = 1 WHERE membership = 'frozen'"),
        *of("frozen", "freezes SET started_on = NULL, held_after = NULL WHERE membership = 'frozen'"),
        *of("rested", "memberships SET status = 'frozen' WHERE membership = 'rested'"),
        *of("rested", f"freezes SET {RUNS_ON} WHERE membership = 'rested'"),
        *of("quit", f"freezes SET {RUNS_ON} WHERE membership = 'quit'"),
        *of(None, NEW_FREEZE.format("NULL")),  # it waits
        *of(None, NEW_FREEZE.format("'2028-03-01'")),  # it was refused
    ],
    "frozen_days_adrift": [
        *of("rested", "freezes SET moved_days = 0 WHERE membership = 'rested'"),
        *of("rested", "freezes SET moved_days = 2 WHERE membership = 'rested'"),
        *of("rested", "periods SET ends_on = ends_on + 1 WHERE membership = 'rested'"),
        *of("rested", "periods SET starts_on = starts_on + 1 WHERE membership = 'rested'"),
        *of("frozen", "periods SET ends_on = ends_on + 1 WHERE membership = 'frozen'"),  # before it resumes
        *of("quit", "freezes SET moved_days = 1 WHERE membership = 'quit'"),
        # The period is [28 Feb, 7 Mar): a freeze from outside moves no end of it.
        *of("rested", "freezes SET started_on = '2028-02-27', held_after = '2028-02-27' WHERE membership = 'rested'"),
        *of(None, "freezes SET started_on = '2028-02-28', held_after = '2028-02-28' WHERE membership = 'rested'"),
        *of(None, "freezes SET started_on = '2028-03-06', held_after = '2028-03-06' WHERE membership = 'rested'"),
        *of("rested", "freezes SET started_on = '2028-03-07', held_after = '2028-03-07' WHERE membership = 'rested'"),
        *of(None, "periods SET ends_on = ends_on + 1 WHERE membership = 'lapsed'"),  # void
    ],
    "unclosed_memberships": [
        *of("leaving", "periods SET ends_on = '2028-02-29' WHERE membership = 'leaving'"),
        *of("leaving", "periods SET ends_on = '2028-03-01' WHERE membership = 'leaving'"),
        *of(None, "periods SET ends_on = '2028-03-02' WHERE membership = 'leaving'"),
        *of(
            None,
            "periods SET ends_on = '2028-03-01' WHERE membership = 'leaving';"
            "UPDATE tajdid.memberships SET status = 'frozen' WHERE membership = 'leaving'",
        ),
        *of(None, not_done("closures") + "periods SET ends_on = '2028-03-01' WHERE membership = 'leaving'"),
    ],
    "debts_after_closing": [
        *of("left", "periods SET starts_on = '2028-03-02' WHERE membership = 'left' AND NOT void"),
        *of(None, "periods SET starts_on = '2028-03-01' WHERE membership = 'left' AND NOT void"),  # it has begun
        *of(
            "left",
            f"invoices SET voided_on = NULL WHERE invoice = '{AHEAD}';"
            f"UPDATE tajdid.periods SET void = FALSE WHERE invoice = '{AHEAD}'",
        ),
        *of(None, f"invoices SET voided_on = NULL WHERE invoice = '{AHEAD}'"),  # of a void period
        *of(None, "periods SET starts_on = '2028-03-02' WHERE membership = 'quit'"),  # paid
    ],
    "lots_unlike_movements": [
        *of(f"grant {RESTED} visits", f"lots SET remaining = 9 WHERE source_id = '{RESTED}' AND remaining = 10"),
        *of(f"grant {RESTED} visits", f"DELETE FROM tajdid.movements WHERE kind = 'grant' AND source_id = '{RESTED}'"),
        *of("charge h1 visits", "DELETE FROM tajdid.movements WHERE kind = 'usage'"),
        *of("charge h1 visits", "DELETE FROM tajdid.movements WHERE kind = 'expiry' AND source_id = 'h1'"),
        *of(f"earn {EARNED} points", "DELETE FROM tajdid.movements WHERE kind = 'return'"),
        *of(f"earn {EARNED} points", "movements SET quantity = -5 WHERE source_id = 'd-kept'"),
        *of("charge h9 visits", NEW_LOT.format(1)),
        *of(None, NEW_LOT.format(0)),
        *of(
            None,
            "movements SET quantity = -4 WHERE kind = 'usage';"
            "UPDATE tajdid.movements SET quantity = -1 WHERE kind = 'expiry' AND source_id = 'h1'",
        ),
    ],
    "unrewarded_invoices": [
        *of(EARNED, f"invoices SET granted_on = NULL WHERE invoice = '{EARNED}'"),
        *of(EARNED, f"invoices SET earned_on = NULL WHERE invoice = '{EARNED}'"),
        *of(EARNED, f"invoices SET settled_on = '2028-02-29', {NOT_REWARDED} WHERE invoice = '{EARNED}'"),
        # Paid since the grants of the day: the next day's see it (L1.6).
        *of(None, f"invoices SET settled_on = '2028-03-01', {NOT_REWARDED} WHERE invoice = '{EARNED}'"),
        *of(None, not_done("grants") + f"invoices SET granted_on = NULL WHERE invoice = '{EARNED}'"),
        *of(EARNED, not_done("grants") + f"invoices SET earned_on = NULL WHERE invoice = '{EARNED}'"),
        *of(None, not_done("earning") + f"invoices SET earned_on = NULL WHERE invoice = '{EARNED}'"),
        *of(EARNED, not_done("earning") + f"invoices SET granted_on = NULL WHERE invoice = '{EARNED}'"),
        *of(None, f"invoices SET kind = 'fee', {NOT_REWARDED} WHERE invoice = '{EARNED}'"),
    ],
    "unexpired_lots": [
        *of(f"grant {RESTED} visits", f"lots SET {OVER} WHERE source_id = '{RESTED}' AND credit_type = 'visits'"),
        *of(None, f"lots SET expires_on = '2028-03-02' WHERE source_id = '{RESTED}' AND credit_type = 'visits'"),
        *of("charge h1 visits", "lots SET remaining = 2 WHERE source_id = 'h1'"),
        # The lot for two days of `frozen` is over since today, but held: its period had not ended on 29 February.
        *of(f"grant {FROZEN} sauna", "freezes SET ended_on = '2028-03-01', moved_days = 1 WHERE membership = 'frozen'"),
        *of(f"grant {FROZEN} sauna", "periods SET ends_on = '2028-02-29' WHERE membership = 'frozen'"),
        *of(None, "periods SET ends_on = '2028-03-01' WHERE membership = 'frozen'"),
        *of(f"charge {FROZEN} sauna", f"lots SET source = 'charge' WHERE source_id = '{FROZEN}'"),
        # 4 points of this one were given back today, after the points of the day had expired.
        *of(None, f"lots SET {OVER} WHERE source_id = '{EARNED}'"),
        *of(
            f"earn {EARNED} points",
            f"lots SET {OVER} WHERE source_id = '{EARNED}';"
            "UPDATE tajdid.movements SET on_date = '2028-02-29' WHERE kind = 'return'",
        ),
        *of(None, not_done("credit_expiry") + f"lots SET {OVER} WHERE source_id = '{RESTED}'"),
        *of(None, not_done("point_expiry") + f"lots SET {OVER} WHERE source_id = '{RESTED}'"),
    ],
    "points_adrift": [
        *of("d-kept", "point_allocations SET points = 4 WHERE redemption = 'd-kept'"),
        *of("d-kept", "movements SET quantity = -2 WHERE source_id = 'd-kept'"),
        *of("d-kept", "DELETE FROM tajdid.movements WHERE source_id = 'd-kept'"),
        *of("d-lapsed", "DELETE FROM tajdid.movements WHERE kind = 'return'"),
        *of("d-lapsed", "DELETE FROM tajdid.point_allocations WHERE kind = 'return'"),
        *of(None, "movements SET source_id = 'd-kept' WHERE kind = 'usage'"),  # a usage of the same id
    ],
    "dunned_unlike_notices": [
        *of(DUNNED, f"invoices SET dunned_level = 1 WHERE invoice = '{DUNNED}'"),
        *of(DUNNED, f"invoices SET dunned_level = 3 WHERE invoice = '{DUNNED}'"),
        *of(DUNNED, "DELETE FROM tajdid.notices WHERE level = 2"),
        *of(None, "DELETE FROM tajdid.notices WHERE level = 1"),  # a level that was passed over (L8.1)
        *of(KEPT, f"invoices SET dunned_level = 1 WHERE invoice = '{KEPT}'"),
        *of(FEE, f"notices SET invoice = '{FEE}' WHERE level = 1"),
    ],
    "fees_without_notice": [
        *of(FEE, f"invoices SET membership = 'kept' WHERE invoice = '{FEE}'"),
        *of(FEE, f"invoices SET customer = 's6' WHERE invoice = '{FEE}'"),
        *of(FEE, f"invoices SET kind = 'membership' WHERE invoice = '{FEE}'"),
        *of(KEPT, f"notices SET fee_invoice = '{KEPT}' WHERE level = 1"),
        *of(FEE, "DELETE FROM tajdid.notices WHERE level = 1"),
        *of(None, f"notices SET fee_invoice = NULL WHERE level = 1; {VOID_FEE}"),  # its run was undone
    ],
    "missing_notices": [
        *of(KEPT, "customers SET dunning_blocked = FALSE WHERE customer = 's6'"),
        *of(DUNNED, f"invoices SET dunned_level = 1 WHERE invoice = '{DUNNED}'"),
        *of(DUNNED, "dunning_levels SET days_overdue = 2, level = 3 WHERE level = 2"),
        *of(None, "dunning_levels SET days_overdue = 3, level = 3 WHERE level = 2"),
        *of(None, not_done("dunning") + "customers SET dunning_blocked = FALSE WHERE customer = 's6'"),
        # Loaded since the dunning of the day: the next day's will see it.
        *of(None, CAME.format("customers") + "UPDATE tajdid.customers SET dunning_blocked = FALSE"),
    ],
    "lots_without_cause": [
        *of("charge h1 visits", "credit_charges SET quantity = 6 WHERE charge = 'h1'"),
        *of("charge h1 visits", "lots SET customer = 's1' WHERE source_id = 'h1'"),
        *of("charge h1 visits", "credit_charges SET applied_on = NULL WHERE charge = 'h1'"),
        *of(f"earn {EARNED} points", f"lots SET customer = 's1' WHERE source_id = '{EARNED}' AND source = 'earn'"),
        *of(f"grant {KEPT} visits", f"lots SET source_id = '{KEPT}' WHERE source_id = '{RESTED}'"),
        *of(None, "lots SET customer = 's1', remaining = 0, withdrawn_on = '2028-03-01' WHERE source_id = 'h1'"),
    ],
    "undecided_facts": [
        *of("p-earner", "payments SET applied_on = NULL, run_id = NULL WHERE payment = 'p-earner'"),
        *of("c1", "closures SET applied_on = NULL WHERE closure = 'c1'"),
        *of("u1", "credit_usages SET applied_on = NULL WHERE usage = 'u1'"),
        *of("h1", "credit_charges SET applied_on = NULL WHERE charge = 'h1'"),
        *of("d-kept", "redemptions SET applied_on = NULL WHERE redemption = 'd-kept'"),
        *of(None, "credit_usages SET applied_on = NULL, used_on = '2028-03-02' WHERE usage = 'u1'"),
        *of(None, not_done("usages") + "credit_usages SET applied_on = NULL WHERE usage = 'u1'"),
        *of(None, CAME.format("credit_usages") + "UPDATE tajdid.credit_usages SET applied_on = NULL"),
    ],
    "unresumed_freezes": [
        *of("f-frozen", "freezes SET changed_to = '2028-03-01' WHERE membership = 'frozen'"),
        *of(None, "freezes SET changed_to = '2028-03-02' WHERE membership = 'frozen'"),
        *of(None, not_done("resumptions") + "freezes SET changed_to = '2028-03-01' WHERE membership = 'frozen'"),
    ],
    "periods_off_their_boundary": of("rested", "periods SET ends_on = ends_on + 1 WHERE membership = 'rested'"),
    "missing_periods": [
        *of(None, DUE),  # one is frozen, one to close, one has resumed today (L3.6, L4.2, L5.3)
        *of("frozen", THAWED),
        *of("leaving", f"memberships SET closing = NULL, closes_with = NULL WHERE membership = 'leaving'; {DUE}"),
        *of("rested", f"status_changes SET on_date = '2028-02-29' WHERE membership = 'rested'; {DUE}"),
        *of(None, f"status_changes SET from_status = 'expired' WHERE rule = 'L4.3'; {DUE}"),  # its debt was paid today
        *of(None, "plans SET lead_days = 6 WHERE plan = 'week'"),  # one is closed, one expired, one renewed on request
        # A run was undone since the renewals of the day: the next ones see it. One undone before them excuses nothing.
        *of(None, UNDO_RUN.format("clock_timestamp()") + THAWED),
        *of("frozen", UNDO_RUN.format("'2020-01-01'") + THAWED),
    ],
    "standing_unlike_periods": [
        *of("rested", "memberships SET paid_until = '2028-03-06' WHERE membership = 'rested'"),
        *of("rested", "memberships SET anchor_on = '2028-02-28', ordinal = 1 WHERE membership = 'rested'"),
        *of(None, f"memberships SET {NOT_STARTED} WHERE membership = 'lapsed'"),  # its start was undone
    ],
    "status_unlike_standing": [
        *of("rested", "memberships SET paid_until = '2028-02-29' WHERE membership = 'rested'"),
        *of(None, "memberships SET paid_until = '2028-02-29' WHERE membership IN ('frozen', 'quit')"),  # L4.2
    ],
    "money_adrift": [
        *of(KEPT, "point_allocations SET amount_minor = 151 WHERE redemption = 'd-kept'"),
        *of(KEPT, "DELETE FROM tajdid.point_allocations WHERE redemption = 'd-kept'"),
        *of(KEPT, f"invoices SET paid_minor = 151 WHERE invoice = '{KEPT}'"),
        *of(LAPSED, "DELETE FROM tajdid.point_allocations WHERE kind = 'return'"),
        *of(None, "point_allocations SET points = 4 WHERE redemption = 'd-kept'"),  # points are no money
        *of(None, PAID_WITH_BOTH),
    ],
    "books_unlike_events": [
        *of(FEE, f"DELETE FROM tajdid.entries WHERE source = '{FEE}'"),
        *of(FEE, "entries SET deferred_revenue = fee_income, fee_income = 0 WHERE event = 'fee'"),
        *of(FEE, "entries SET event = 'issue' WHERE event = 'fee'"),
        *of(FEE, REVERSED),
        *of(FEE, f"invoices SET issued_on = '{BUSY_ON}' WHERE invoice = '{FEE}'"),
        *of(None, f"{REVERSED}{REVERSED}UPDATE tajdid.invoices SET issued_on = '{BUSY_ON}' WHERE invoice = '{FEE}'"),
        *of("p2", BOOKED.format(1)),
        *of(None, BOOKED.format(1) + ";" + BOOKED.format(-1)),  # a payment that waits again
    ],
    "accounts_unlike_documents": [
        *of("spa", "DELETE FROM tajdid.entries WHERE source = 'd-kept'"),
        *of("spa", "entries SET cash = points_expense, points_expense = 0 WHERE source = 'd-kept'"),
        *of("spa", "entries SET points_expense = 151, fee_income = -1 WHERE source = 'd-kept'"),
        *of("spa", "entries SET company = 'club' WHERE source = 'd-kept'"),
        *of(
            "spa",
            "entries SET customer_credit = points_expense, points_expense = 0"
            " WHERE event = 'return' AND source = 'd-lapsed'",
        ),
        *of("spa", "point_allocations SET amount_minor = 151 WHERE redemption = 'd-kept'"),
        *of("spa", "DELETE FROM tajdid.point_allocations WHERE kind = 'return'"),
        *of(None, "point_allocations SET points = 4 WHERE redemption = 'd-kept'"),
    ],
    "unsaid_invoices": of(ASKED, f"DELETE FROM tajdid.messages WHERE subject = '{ASKED}'"),
}
