"""Facts of the intake: memberships, money, requests. One that a business day has applied is never rewritten."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.intake.checks import (
    HIGHEST_QUANTITY,
    KNOWN_CURRENCY,
    KNOWN_CUSTOMER,
    KNOWN_MEMBERSHIP,
    KNOWN_PLAN,
    billable,
    bounded,
    calendar_of_plan,
    company_of_customer,
    company_of_plan,
    currency_of_plan,
    decimals_of_credit_type,
    digits_of,
    known_credit_type,
    later,
    not_earlier,
    not_negative,
    of_row,
    positive,
    precise,
    same_company,
    unit_of_plan,
)
from models.intake.entities import Changes, Check, Entity, Field, Lock, Rows
from models.intake.kinds import BOOLEAN, DATE, DECIMAL, ID, TEXT, integer, one_of
from models.lots import credit_charges, credit_usages, redemptions
from models.memberships import memberships
from models.payments import payments, refunds
from models.plans import plan_prices
from models.requests import closures, freeze_changes, freezes, renewals
from models.rules.boundaries import is_outside, reach


def _once_applied(table: sa.Table, *names: str) -> Lock:
    return Lock(lambda: table.c.applied_on.isnot(None), "a business day has applied the record", names)


def _price_is_missing(rows: Rows) -> sa.ColumnElement[Any]:
    """No own price, and no version of the plan's for the first period that we would bill (L2.1)."""
    first_billed = sa.func.coalesce(rows.c.paid_until, rows.c.started_on)
    priced = sa.exists().where(plan_prices.c.plan == rows.c.plan, plan_prices.c.effective_from <= first_billed)
    return rows.c.unit_price.is_(None) & ~priced


def _in_calendar(column: str) -> Check:
    """The table of the plan's calendar holds the day, so that months and years can be counted from it (L1.4)."""
    return Check(
        "outside_calendar",
        lambda rows: is_outside(rows.c[column], unit_of_plan(rows), calendar_of_plan(rows)),
        lambda rows: sa.func.concat(
            f"{column} is ",
            rows.c[column],
            "; expected a day that the ",
            *(calendar_of_plan(rows), " calendar of the plan is known for, ", reach(calendar_of_plan(rows)), "."),
        ),
    )


MEMBERSHIPS = Entity(
    "memberships",
    memberships,
    (
        Field("membership", ID, required=True),
        Field("customer", ID, required=True),
        Field("plan", ID, required=True),
        Field("started_on", DATE, required=True),
        # Billed elsewhere up to its first day: nothing was billed elsewhere (L3.2).
        Field("paid_until", DATE, column="carried_until", empty_at="started_on"),
        Field("auto_renew", BOOLEAN),
        Field("quantity", DECIMAL, default=1),
        Field("unit_price", DECIMAL, money=True),
        Field("discount_percent", DECIMAL, default=0),
    ),
    key=("membership",),
    checks=(
        KNOWN_CUSTOMER,
        KNOWN_PLAN,
        same_company("customer", company_of_customer, "plan", company_of_plan),
        not_earlier("paid_until", "started_on"),
        _in_calendar("started_on"),
        _in_calendar("paid_until"),
        positive("quantity"),
        bounded("quantity", lambda value: value > HIGHEST_QUANTITY, f"at most {HIGHEST_QUANTITY}"),
        not_negative("unit_price"),
        precise("unit_price"),
        billable("unit_price"),
        bounded("discount_percent", lambda value: (value < 0) | (value > 100), "0 to 100"),
        Check(
            "no_price",
            _price_is_missing,
            lambda rows: sa.func.concat(
                "plan ",
                rows.c.plan,
                " has no price for a period from ",
                sa.func.coalesce(rows.c.paid_until, rows.c.started_on),
                "; expected a plan_prices row with effective_from on or before that day (L2.1).",
            ),
        ),
    ),
    # What was billed stays explainable; renewal, quantity, price and discount may change for periods to come.
    locks=(
        Lock(
            lambda: memberships.c.status != "pending",
            "the membership has begun",
            ("customer", "plan", "started_on", "paid_until"),
        ),
    ),
    digits=digits_of(currency_of_plan),
)

PAYMENTS = Entity(
    "payments",
    payments,
    (
        Field("payment", ID, required=True),
        Field("customer", ID, required=True),
        Field("invoice", ID),
        Field("membership", ID),
        Field("amount", DECIMAL, required=True, money=True),
        Field("currency", ID, required=True),
        Field("paid_on", DATE, required=True),
        Field("method", TEXT),
        Field("reference", TEXT),
    ),
    key=("payment",),
    checks=(KNOWN_CUSTOMER, KNOWN_CURRENCY, positive("amount"), precise("amount")),
    locks=(_once_applied(payments),),
    digits=digits_of(of_row("currency")),
)

REFUNDS = Entity(
    "refunds",
    refunds,
    (
        Field("refund", ID, required=True),
        Field("customer", ID, required=True),
        Field("amount", DECIMAL, required=True, money=True),
        Field("currency", ID, required=True),
        Field("refunded_on", DATE, required=True),
        Field("reason", TEXT),
    ),
    key=("refund",),
    checks=(KNOWN_CUSTOMER, KNOWN_CURRENCY, positive("amount"), precise("amount")),
    locks=(_once_applied(refunds),),
    digits=digits_of(of_row("currency")),
)

FREEZES = Entity(
    "freezes",
    freezes,
    (
        Field("freeze", ID, required=True),
        Field("membership", ID, required=True),
        Field("requested_on", DATE, required=True),
        Field("starts_on", DATE, required=True),
        Field("resumes_on", DATE, required=True),
        Field("reason", TEXT),
    ),
    key=("freeze",),
    checks=(KNOWN_MEMBERSHIP,),
    locks=(_once_applied(freezes),),
    # L4.4: another resumes_on under the same id is a request of its own.
    changes=Changes(freeze_changes, ("requested_on", "resumes_on"), ("membership", "starts_on")),
)

CLOSURES = Entity(
    "closures",
    closures,
    (
        Field("closure", ID, required=True),
        Field("membership", ID, required=True),
        Field("requested_on", DATE, required=True),
        Field("origin", one_of("customer", "staff"), required=True),
        Field("effective", one_of("now", "period_end"), required=True),
        Field("reason_code", ID),
        Field("reason_text", TEXT),
    ),
    key=("closure",),
    checks=(KNOWN_MEMBERSHIP,),
    locks=(_once_applied(closures),),
)

RENEWALS = Entity(
    "renewals",
    renewals,
    (
        Field("renewal", ID, required=True),
        Field("membership", ID, required=True),
        Field("requested_on", DATE, required=True),
    ),
    key=("renewal",),
    checks=(KNOWN_MEMBERSHIP,),
    locks=(_once_applied(renewals),),
)


KNOWN_CREDIT_TYPE = known_credit_type(company_of_customer)
CREDIT_DECIMALS = decimals_of_credit_type(company_of_customer)

CREDIT_CHARGES = Entity(
    "credit_charges",
    credit_charges,
    (
        Field("charge", ID, required=True),
        Field("customer", ID, required=True),
        Field("credit_type", ID, required=True),
        Field("quantity", DECIMAL, required=True),
        Field("charged_on", DATE, required=True),
        Field("starts_on", DATE, required=True),
        Field("expires_on", DATE),
    ),
    key=("charge",),
    checks=(
        KNOWN_CUSTOMER,
        KNOWN_CREDIT_TYPE,
        positive("quantity"),
        precise("quantity", "its credit type"),
        later("expires_on", "starts_on"),
    ),
    locks=(_once_applied(credit_charges),),
    digits=CREDIT_DECIMALS,
)

CREDIT_USAGES = Entity(
    "credit_usages",
    credit_usages,
    (
        Field("usage", ID, required=True),
        Field("customer", ID, required=True),
        Field("credit_type", ID, required=True),
        Field("quantity", DECIMAL, required=True),
        Field("used_on", DATE, required=True),
        Field("membership", ID),
        Field("note", TEXT),
    ),
    key=("usage",),
    checks=(KNOWN_CUSTOMER, KNOWN_CREDIT_TYPE, positive("quantity"), precise("quantity", "its credit type")),
    locks=(_once_applied(credit_usages),),
    digits=CREDIT_DECIMALS,
)

REDEMPTIONS = Entity(
    "redemptions",
    redemptions,
    (
        Field("redemption", ID, required=True),
        Field("customer", ID, required=True),
        Field("points", integer(1, 999_999_999), required=True),
        Field("requested_on", DATE, required=True),
        Field("invoice", ID),
        Field("membership", ID),
    ),
    key=("redemption",),
    checks=(KNOWN_CUSTOMER,),
    locks=(_once_applied(redemptions),),
)
