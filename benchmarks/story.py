"""What the nights before have left, as set-based SQL: a store of `size` memberships in which nothing is due yet.

A membership was carried over once, then had `months` periods of a month; the last began on AS_OF + 7 - k, so that it
was billed k days ago. `k` and `owes` are SQL over the membership's number `n` (and `k`); `rewarded`: whether paid
periods have granted and earned. Who owes beyond level 2 has been left to a person: no dunning.

    k   1 … 6   the last period is still to come                  k  8, 12  reaches dunning level 1, 2 if it owes
    k   5       falls due today                                   k 17      expires today if it owes
    k   7       begins today; who owes it was active until now    k 29      renews today
"""

from __future__ import annotations

from datetime import date

AS_OF = date(2028, 3, 20)

CATALOGUE = """
INSERT INTO tajdid.companies (company, name, timezone, currency, language, invoice_prefix, point_value)
    VALUES ('c1', 'Gym', 'Asia/Riyadh', 'SAR', 'ar', 'GYM', 0.1),
        ('c2', 'Club', 'Asia/Kuwait', 'KWD', 'en', 'CLB', 0.01);
INSERT INTO tajdid.plans (plan, company, name, interval_unit, interval_count, currency, tax_rate, tax_included,
        terms_days, lead_days, grace_days, auto_renew, closable, freeze_days_max, on_expiry, reminder_days)
    SELECT 'p' || n, 'c' || n % 2 + 1, 'Plan ' || n, 'month', 1, CASE n % 2 WHEN 0 THEN 'SAR' ELSE 'KWD' END, 0.15,
        n % 4 = 0, 5, 7, 10, true, true, 30, 'void', ARRAY[7, 1] FROM generate_series(0, 7) n;
INSERT INTO tajdid.plan_prices SELECT plan, '2020-01-01', 20000 FROM tajdid.plans;
INSERT INTO tajdid.plan_prices SELECT plan, '2028-03-01', 22000 FROM tajdid.plans;
INSERT INTO tajdid.credit_types SELECT company, 'classes', 'Classes', 'class', 0 FROM tajdid.companies;
INSERT INTO tajdid.plan_credits (plan, credit_type, quantity) SELECT plan, 'classes', 10 FROM tajdid.plans;
INSERT INTO tajdid.loyalty_rules (rule, company, priority, spend_amount, points, valid_days)
    SELECT 'r-' || company, company, 1, 1, 1, 60 FROM tajdid.companies;
INSERT INTO tajdid.close_reasons SELECT company, 'moved', 'Moved away', true FROM tajdid.companies;
INSERT INTO tajdid.dunning_levels SELECT company, 1, 3, NULL::bigint, 'kind' FROM tajdid.companies;
INSERT INTO tajdid.dunning_levels SELECT company, 2, 7, 1500, 'firm' FROM tajdid.companies;
"""

# Two temporary tables tell the story; all of the store is written from them.
DRAWN = """
CREATE TEMP TABLE drawn AS
    SELECT n, k, 'm' || to_char(n, 'FM00000000') AS membership, 'cu' || to_char(n, 'FM00000000') AS customer,
        'p' || n % 8 AS plan, 'c' || n % 2 + 1 AS company, CASE n % 2 WHEN 0 THEN 'SAR' ELSE 'KWD' END AS currency,
        date '{as_of}' + 7 - k AS last_start, ({owes}) AS owes
    FROM generate_series(1, {size}) n, LATERAL (SELECT {k} AS k) AS billed;
CREATE TEMP TABLE billed AS
    SELECT drawn.*, i, starts_on, (starts_on + interval '1 month')::date AS ends_on, starts_on - 7 AS issued_on,
        starts_on - 2 AS due_on, i = 0 AND owes AS open, least(starts_on - 2, date '{as_of}' - 1) AS paid_on,
        row_number() OVER (PARTITION BY company, extract(year FROM starts_on - 7) ORDER BY starts_on - 7, n) AS no
    FROM drawn, generate_series(0, {months} - 1) i,
        LATERAL (SELECT (last_start - i * interval '1 month')::date AS starts_on) AS period;
ALTER TABLE billed ADD invoice text;
UPDATE billed SET invoice = concat(CASE company WHEN 'c1' THEN 'GYM-' ELSE 'CLB-' END, extract(year FROM issued_on),
    '-', lpad(no::text, greatest(6, length(no::text)), '0'));
ANALYZE drawn, billed;
"""

MEMBERS = """
INSERT INTO tajdid.customers (customer, company, kind, name, email, language, dunning_blocked)
    SELECT customer, company, 'person', 'Member ' || n, n || '@example.com', CASE WHEN n % 5 > 0 THEN 'ar' END,
        owes AND k > 12 FROM drawn;
INSERT INTO tajdid.memberships (membership, customer, plan, started_on, carried_until, status, anchor_on, ordinal,
        billed_until, paid_until, owes_since, run_id)
    SELECT membership, customer, plan, (first_start - interval '1 month')::date, first_start,
        CASE WHEN paid_until >= date '{as_of}' THEN 'active' ELSE 'grace' END, last_start, 1, billed_until, paid_until,
        CASE WHEN owes THEN last_start - 7 END, 0
    FROM (SELECT *, (last_start - ({months} - 1) * interval '1 month')::date AS first_start,
            (last_start + interval '1 month')::date AS billed_until,
            CASE WHEN owes THEN last_start ELSE (last_start + interval '1 month')::date END AS paid_until
        FROM drawn) AS standing;
INSERT INTO tajdid.periods (membership, starts_on, ends_on, anchor_on, ordinal, opened_on, run_id)
    SELECT membership, started_on, carried_until, carried_until, 0, started_on, 0 FROM tajdid.memberships;
"""

DOCUMENTS = """
INSERT INTO tajdid.invoice_series
    SELECT company, extract(year FROM issued_on), max(no) FROM billed GROUP BY company, extract(year FROM issued_on);
INSERT INTO tajdid.invoices (invoice, series_no, company, customer, membership, kind, period_starts_on, period_ends_on,
        issued_on, due_on, currency, unit_price_minor, quantity, discount_percent, tax_rate, tax_included, net_minor,
        tax_minor, total_minor, paid_minor, settled_on, granted_on, earned_on, dunned_level, run_id)
    SELECT invoice, no, company, customer, membership, 'membership', starts_on, ends_on, issued_on, due_on, currency,
        20000, 1, 0, 0.15, false, 20000, 3000, 23000, CASE WHEN open THEN 0 ELSE 23000 END,
        CASE WHEN NOT open THEN paid_on END, CASE WHEN NOT open AND {rewarded} THEN paid_on END,
        CASE WHEN NOT open AND {rewarded} THEN paid_on END,
        CASE WHEN open AND due_on + 3 < date '{as_of}' THEN 1 ELSE 0 END, 0
    FROM billed ORDER BY issued_on, no;
INSERT INTO tajdid.periods (membership, starts_on, ends_on, anchor_on, ordinal, bills_on, invoice, opened_on, run_id)
    SELECT membership, starts_on, ends_on, starts_on, 1, issued_on, invoice, issued_on, 0 FROM billed;
INSERT INTO tajdid.entries (company, currency, on_date, event, source, receivable, deferred_revenue, tax, run_id)
    SELECT company, currency, issued_on, 'issue', invoice, 23000, -20000, -3000, 0 FROM billed;
INSERT INTO tajdid.messages (kind, subject, customer, company, channel, language, on_date, facts, run_id)
    SELECT 'invoice_issued', invoice, customer, company, 'email', 'ar', issued_on,
        jsonb_build_object('currency', currency, 'total_minor', 23000), 0 FROM billed;
INSERT INTO tajdid.notices (invoice, level, noticed_on, run_id)
    SELECT invoice, 1, due_on + 3, 0 FROM billed WHERE open AND due_on + 3 < date '{as_of}';
"""

MONEY = """
INSERT INTO tajdid.payments (payment, customer, invoice, amount_minor, currency, paid_on, applied_on, run_id)
    SELECT 'for-' || invoice, customer, invoice, 23000, currency, paid_on, paid_on, 0 FROM billed WHERE NOT open;
INSERT INTO tajdid.allocations (payment, invoice, amount_minor, on_date, kind, run_id)
    SELECT 'for-' || invoice, invoice, 23000, paid_on, 'directed', 0 FROM billed WHERE NOT open;
INSERT INTO tajdid.entries (company, currency, on_date, event, source, cash, receivable, run_id)
    SELECT company, currency, paid_on, 'payment', 'for-' || invoice, 23000, -23000, 0 FROM billed WHERE NOT open;
"""

REWARDS = """
INSERT INTO tajdid.lots (customer, credit_type, source, source_id, quantity, remaining, starts_on, expires_on, run_id)
    SELECT customer, 'classes', 'grant', invoice, 10, CASE WHEN ends_on < date '{as_of}' THEN 0 ELSE 10 END, starts_on,
        ends_on, 0 FROM billed WHERE NOT open AND {rewarded};
INSERT INTO tajdid.lots (customer, credit_type, source, source_id, quantity, remaining, starts_on, expires_on, run_id)
    SELECT customer, 'points', 'earn', invoice, 100, CASE WHEN paid_on + 60 < date '{as_of}' THEN 0 ELSE 100 END,
        paid_on, paid_on + 60, 0 FROM billed WHERE NOT open AND {rewarded};
"""

# Last: the movements of all lots, also of those that `requests.py` adds. A lot is whole, or has expired.
MOVEMENTS = """
INSERT INTO tajdid.movements (lot_id, kind, quantity, on_date, source_id, run_id)
    SELECT lot_id, source, quantity, starts_on, source_id, 0 FROM tajdid.lots;
INSERT INTO tajdid.movements (lot_id, kind, quantity, on_date, source_id, run_id)
    SELECT lot_id, 'expiry', -quantity, expires_on, source_id, 0 FROM tajdid.lots WHERE remaining = 0;
"""
