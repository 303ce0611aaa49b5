"""What must never happen, as queries that must return no row (L1.3, L3 to L8, L10).

Each query yields (record, detail) for the business date that is its parameter `as_of`. They read the facts and never
what a step believes, so a step and its invariant prove each other.
"""

from __future__ import annotations

from models.invariants import documents, dunning, lots, messages, money, periods, requests, revenue
from models.invariants.invariant import Invariant

__all__ = ["INVARIANTS", "Invariant"]

INVARIANTS = (
    Invariant("overlapping_periods", "L3.8", periods.overlapping_periods),
    Invariant("periods_off_their_boundary", "L1.3", periods.periods_off_their_boundary),
    Invariant("periods_and_invoices", "L3.8", periods.periods_and_invoices),
    Invariant("missing_periods", "L3.6", periods.missing_periods),
    Invariant("skipped_periods", "L3.6", periods.skipped_periods),
    Invariant("extra_periods", "L3.6", periods.extra_periods),
    Invariant("standing_unlike_periods", "L3.3", periods.standing_unlike_periods),
    Invariant("status_unlike_standing", "L3.4", periods.status_unlike_standing),
    Invariant("frozen_unlike_freezes", "L4.1", requests.frozen_unlike_freezes),
    Invariant("frozen_days_adrift", "L4.3", requests.frozen_days_adrift),
    Invariant("undecided_facts", "L1.5", requests.undecided_facts),
    Invariant("unresumed_freezes", "L4.3", requests.unresumed_freezes),
    Invariant("unclosed_memberships", "L5.3", requests.unclosed_memberships),
    Invariant("debts_after_closing", "L5.3", requests.debts_after_closing),
    Invariant("lots_unlike_movements", "L7.1", lots.lots_unlike_movements),
    Invariant("unrewarded_invoices", "L7.2", lots.unrewarded_invoices),
    Invariant("unexpired_lots", "L7.4", lots.unexpired_lots),
    Invariant("points_adrift", "L7.6", lots.points_adrift),
    Invariant("lots_without_cause", "L7.2", lots.lots_without_cause),
    Invariant("dunned_unlike_notices", "L8.1", dunning.dunned_unlike_notices),
    Invariant("fees_without_notice", "L8.2", dunning.fees_without_notice),
    Invariant("missing_notices", "L8.1", dunning.missing_notices),
    Invariant("numbers_with_gaps", "L6.1", documents.numbers_with_gaps),
    Invariant("numbers_out_of_order", "L6.1", documents.numbers_out_of_order),
    Invariant("uncorrected_voids", "L6.3", documents.uncorrected_voids),
    Invariant("money_adrift", "L6.2", money.money_adrift),
    Invariant("books_unlike_events", "L10", money.books_unlike_events),
    Invariant("accounts_unlike_documents", "L10", money.accounts_unlike_documents),
    Invariant("deferred_unlike_books", "L10", revenue.deferred_unlike_books),
    Invariant("periods_earned_in_part", "L10", revenue.periods_earned_in_part),
    Invariant("documents_of_others", "L6.1", documents.documents_of_others),
    Invariant("unsaid_invoices", "L3.6", documents.unsaid_invoices),
    Invariant("messages_sent_twice", "L1.7", messages.messages_sent_twice),
    Invariant("sent_unlike_deliveries", "L1.6", messages.sent_unlike_deliveries),
    Invariant("messages_left_sending", "L1.6", messages.messages_left_sending),
)
