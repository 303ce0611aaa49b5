"""Documents that must never be: numbers, voids, names, messages (L6.1, L6.3)."""

from __future__ import annotations

import sqlalchemy as sa

from models.companies import companies
from models.invariants.invariant import Query, found
from models.invoices import invoice_series, invoices
from models.memberships import memberships
from models.messages import messages
from models.plans import plans
from models.rules.numbers import invoice_number


def numbers_with_gaps() -> Query:
    """L6.1: the numbers of a company and year are 1 … n in order of issue, and n is the series' last."""
    i = invoices.c
    year = sa.cast(sa.extract("year", i.issued_on), sa.Integer)
    given = (
        sa.select(i.company, year.label("year"), sa.func.count().label("count"), sa.func.max(i.series_no).label("last"))
        .group_by(i.company, year)
        .subquery("given")
    )
    s = invoice_series.c
    return (
        found(
            s.company,
            s.year,
            ": ",
            given.c.count,
            " documents, numbers up to ",
            given.c.last,
            ", series at ",
            s.last_no,
        )
        .select_from(invoice_series.join(given, (given.c.company == s.company) & (given.c.year == s.year), full=True))
        .where(
            (sa.func.coalesce(given.c.count, 0) != sa.func.coalesce(s.last_no, 0))
            | (sa.func.coalesce(given.c.last, 0) != sa.func.coalesce(s.last_no, 0))
        )
    )


def numbers_out_of_order() -> Query:
    """L6.1: a number says its company, year and place, and no number was issued before a smaller one."""
    i = invoices.c
    year = sa.cast(sa.extract("year", i.issued_on), sa.Integer)
    before = sa.func.lag(i.issued_on).over(partition_by=(i.company, year), order_by=i.series_no)
    rows = (
        sa.select(i.invoice, i.issued_on, before.label("before"))
        .add_columns((i.invoice != invoice_number(companies.c.invoice_prefix, year, i.series_no)).label("misnamed"))
        .join_from(invoices, companies, companies.c.company == i.company)
        .subquery()
    )
    return found(rows.c.invoice, "issued on ", rows.c.issued_on, ", the number before it on ", rows.c.before).where(
        rows.c.misnamed | (rows.c.issued_on < rows.c.before)
    )


def uncorrected_voids() -> Query:
    """L6.1, L6.3: an invoice is void exactly when a credit note corrects it in full."""
    i, note = invoices.c, invoices.alias("note")
    n = note.c
    joined = invoices.outerjoin(note, n.corrects == i.invoice)
    unlike = i.voided_on.isnot(None) != n.invoice.isnot(None)
    amounts = sa.func.coalesce((n.net_minor != -i.net_minor) | (n.tax_minor != -i.tax_minor), sa.false())
    return found(i.invoice, "void and its credit note do not agree").select_from(joined).where(unlike | amounts)


def documents_of_others() -> Query:
    """A document names the customer, company and currency of its membership; what the keys of the store do not hold.

    A fee is in the company's currency, which the dunning policy is in (L8.2).
    """
    i, m, q, c = invoices.c, memberships.c, plans.c, companies.c
    corrected = invoices.alias("corrected")
    is_fee = (i.kind == "fee") | (sa.func.coalesce(corrected.c.kind, "") == "fee")
    currency = sa.case((is_fee, c.currency), else_=q.currency)
    other = (i.customer != m.customer) | (i.company != q.company) | (i.currency != currency)
    return (
        found(i.invoice, "names customer ", i.customer, ", company ", i.company, ", currency ", i.currency)
        .select_from(
            invoices.outerjoin(memberships, m.membership == i.membership)
            .outerjoin(plans, q.plan == m.plan)
            .outerjoin(companies, c.company == q.company)
            .outerjoin(corrected, corrected.c.invoice == i.corrects)
        )
        .where(i.membership.isnot(None), sa.func.coalesce(other, sa.true()))
    )


def unsaid_invoices() -> Query:
    """Each issued invoice has its message, whatever became of it."""
    i = invoices.c
    said = sa.exists().where(messages.c.kind == "invoice_issued", messages.c.subject == i.invoice)
    return found(i.invoice, "no message tells of it").where(i.kind == "membership", ~said)
