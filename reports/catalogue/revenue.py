"""Revenue: what was billed and credited in each month, and what of it was earned (L10)?"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.invoices import invoices
from models.rules.amounts import sum_where
from models.rules.months import month_of, months
from models.rules.recognition import deferrals
from reports.catalogue.columns import CURRENCY, MONTH, amount, amounts
from reports.language.catalogs import _
from reports.report import Chart, Query, Report

SHOWN = ("billed", "fees", "credited", "net", "tax", "total", "earned")


def query(company: str, as_of: date) -> Query:
    """One row a month and currency in which something was billed, credited or earned."""
    shown = months(company, as_of)
    documents, earned = _documents(company, as_of, shown).subquery("documents"), _earned(company, as_of, shown)
    d, e = documents.c, earned.c
    both = documents.join(earned, (e.number == d.number) & (e.currency == d.currency), full=True)
    number, currency = (sa.func.coalesce(d[name], e[name]) for name in ("number", "currency"))
    # Fees are income at once.
    sums = {name: d[name] for name in SHOWN[:-1]} | {
        "earned": sa.func.coalesce(d.fee_income, 0) + sa.func.coalesce(e.earned, 0)
    }
    return (
        sa.select(shown.c.starts_on.label("month"), currency.label("currency"), *amounts(sums, SHOWN))
        .select_from(both.join(shown, shown.c.number == number).join(currencies, currencies.c.currency == currency))
        .order_by(currency, shown.c.starts_on)
    )


def _documents(company: str, as_of: date, shown: sa.CTE) -> sa.Select[Any]:
    """The documents of each month: number, currency, net amounts by kind, tax, total."""
    i, corrected = invoices.c, invoices.alias("corrected")
    is_note, is_fee = i.kind == "credit_note", (i.kind == "fee") | (corrected.c.kind == "fee")
    number = month_of(shown, i.issued_on)

    return (
        sa.select(number.label("number"), i.currency)
        .add_columns(
            sum_where(i.net_minor, i.kind == "membership").label("billed"),
            sum_where(i.net_minor, i.kind == "fee").label("fees"),
            sum_where(-i.net_minor, is_note).label("credited"),
            sum_where(i.net_minor, sa.true()).label("net"),
            sum_where(i.tax_minor, sa.true()).label("tax"),
            sum_where(i.total_minor, sa.true()).label("total"),
            sum_where(i.net_minor, is_fee).label("fee_income"),
        )
        .select_from(invoices.outerjoin(corrected, corrected.c.invoice == i.corrects))
        .where(i.company == company, i.issued_on <= as_of, number > 0)
        .group_by(number, i.currency)
    )


def _earned(company: str, as_of: date, shown: sa.CTE) -> sa.Subquery:
    """What was recognised of periods, less what credit notes took back of it: number, currency, earned."""
    d = deferrals(company, as_of, shown).c
    earned = sa.cast(sa.func.sum(d.recognised - d.reversed), sa.BigInteger).label("earned")
    return sa.select(d.number, d.currency, earned).group_by(d.number, d.currency).subquery("earned")


REPORT = Report(
    name="revenue",
    section="money",
    title=_("Revenue"),
    question=_("What was billed and credited in each month, and what was earned?"),
    grain=_("One row a month and currency, the last 13 months."),
    columns=(
        MONTH,
        CURRENCY,
        amount("billed", _("Billed"), _("Net amounts of the invoices for periods that were issued in the month.")),
        amount("fees", _("Fees"), _("Net amounts of the fees that were issued in the month.")),
        amount("credited", _("Credited"), _("Net amounts of the credit notes that were issued in the month.")),
        amount("net", _("Net"), _("Billed and fees, less credited.")),
        amount("tax", _("Tax"), _("Tax of the same documents.")),
        amount("total", _("Total"), _("Net and tax.")),
        amount(
            "earned",
            _("Earned revenue"),
            _("Of periods day by day as they are used, of fees at once, less what was credited."),
        ),
    ),
    query=query,
    charts=(Chart("bars", _("Billed net and earned"), values=("net", "earned"), x="month", overview=True),),
    cadence="weekly",
    notes=(_("Net and tax equal what the books of the month say in deferred revenue, fee income and tax."),),
)
