"""What waits for tonight, as set-based SQL over the tables of `story.py`; `who`: which members, over `n` and `k`."""

from __future__ import annotations

PAYMENTS = """
INSERT INTO tajdid.payments (payment, customer, invoice, amount_minor, currency, paid_on)
    SELECT 'new-' || invoice, customer, CASE WHEN n % 4 > 0 THEN invoice END, 23000, currency, date '{as_of}'
    FROM billed WHERE open AND ({who});
"""
"""A payment for an open invoice; three of four name it."""

CREDIT = """
INSERT INTO tajdid.payments (payment, customer, amount_minor, currency, paid_on, applied_on, unapplied_minor, run_id)
    SELECT 'more-' || customer, customer, 23000, currency, date '{as_of}' - 1, date '{as_of}' - 1, 23000, 0
    FROM drawn WHERE {who};
INSERT INTO tajdid.entries (company, currency, on_date, event, source, cash, customer_credit, run_id)
    SELECT company, currency, date '{as_of}' - 1, 'payment', 'more-' || customer, 23000, -23000, 0
    FROM drawn WHERE {who};
"""
"""Unapplied credit of a month's price."""

REFUNDS = """
INSERT INTO tajdid.refunds (refund, customer, amount_minor, currency, refunded_on)
    SELECT 're-' || customer, customer, 10000, currency, date '{as_of}' FROM drawn WHERE {who};
"""
"""A refund of a part of the unapplied credit."""

REDEMPTIONS = """
INSERT INTO tajdid.redemptions (redemption, customer, points, requested_on)
    SELECT 'rd-' || customer, customer, 150, date '{as_of}' FROM drawn WHERE {who};
"""
"""More points than one lot holds."""

CLOSURES = """
INSERT INTO tajdid.closures (closure, membership, requested_on, origin, effective, reason_code)
    SELECT 'cl-' || membership, membership, date '{as_of}', CASE n % 20 WHEN 0 THEN 'staff' ELSE 'customer' END,
        CASE n % 20 WHEN 0 THEN 'now' ELSE 'period_end' END, 'moved' FROM drawn WHERE {who};
"""
"""Closings: at once where n is a multiple of 20, else with the period."""

FREEZES = """
INSERT INTO tajdid.freezes ("freeze", membership, requested_on, starts_on, resumes_on)
    SELECT 'fr-' || membership, membership, date '{as_of}' - 3, date '{as_of}', date '{as_of}' + 10
    FROM drawn WHERE {who};
"""
"""A freeze that begins today."""

FROZEN = """
INSERT INTO tajdid.freezes ("freeze", membership, requested_on, starts_on, resumes_on, applied_on, started_on,
        held_after)
    SELECT 'fz-' || membership, membership, date '{as_of}' - 9, date '{as_of}' - 2, date '{as_of}', date '{as_of}' - 2,
        date '{as_of}' - 2, date '{as_of}' - 2 FROM drawn WHERE {who};
UPDATE tajdid.memberships m SET status = 'frozen' FROM drawn WHERE m.membership = drawn.membership AND ({who});
"""
"""A freeze of two days that is over today; who asks was paid when it began."""

RENEWAL_REQUESTS = """
INSERT INTO tajdid.renewals (renewal, membership, requested_on)
    SELECT 'rn-' || membership, membership, date '{as_of}' FROM drawn WHERE {who};
UPDATE tajdid.memberships m SET auto_renew = false FROM drawn WHERE m.membership = drawn.membership AND ({who});
"""
"""A renewal on request, of a member who does not renew automatically."""

PAID_SINCE = """
UPDATE tajdid.memberships m SET status = 'grace' FROM drawn WHERE m.membership = drawn.membership AND ({who});
"""
"""Was in grace until it paid today."""

CHARGES = """
INSERT INTO tajdid.credit_charges (charge, customer, credit_type, quantity, charged_on, starts_on, expires_on)
    SELECT 'ch-' || customer, customer, 'classes', 5, date '{as_of}', date '{as_of}', date '{as_of}' + 30
    FROM drawn WHERE {who};
"""
"""A top-up of credits."""

CHARGED = """
INSERT INTO tajdid.credit_charges (charge, customer, credit_type, quantity, charged_on, applied_on, starts_on,
        expires_on)
    SELECT 'cd-' || customer, customer, 'classes', 5, date '{as_of}' - 9, date '{as_of}' - 9, date '{as_of}' - 9,
        date '{as_of}' + 5 FROM drawn WHERE {who};
INSERT INTO tajdid.lots (customer, credit_type, source, source_id, quantity, remaining, starts_on, expires_on, run_id)
    SELECT customer, 'classes', 'charge', 'cd-' || customer, 5, 5, date '{as_of}' - 9, date '{as_of}' + 5, 0
    FROM drawn WHERE {who};
"""
"""A lot of an earlier top-up, which is spent before that of the period."""

USAGES = """
INSERT INTO tajdid.credit_usages ("usage", customer, credit_type, quantity, used_on)
    SELECT 'us-' || customer, customer, 'classes', 7, date '{as_of}' FROM drawn WHERE {who};
"""
"""A usage of more than a top-up's lot holds."""

REMINDED = """
INSERT INTO tajdid.messages (kind, subject, "key", customer, company, channel, language, on_date, run_id)
    SELECT 'reminder', membership, last_start || '/7', customer, company, 'email', 'ar', last_start - 7, 0
    FROM drawn WHERE {who};
"""
"""Was told seven days before that the period before the last one ends."""
