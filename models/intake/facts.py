"""Facts of the intake: memberships, money, requests. One that a business day has applied is never rewritten."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.intake.checks import (
    KNOWN_CURRENCY,
    KNOWN_CUSTOMER,
    KNOWN_MEMBERSHIP,
    KNOWN_PLAN,
    currency_of_plan,
    digits_of,
    later,
    not_negative,
    own_currency,
    positive,
    precise,
)
from models.intake.entities import Check, Entity, Field, Lock, Rows
from models.intake.kinds import BOOLEAN, DATE, DECIMAL, ID, TEXT, integer, one_of
from models.lots import credit_charges, credit_types, credit_usages, redemptions
from models.memberships import memberships
from models.payments import payments, refunds
from models.plans import plan_prices, plans
from models.requests import closures, freezes, renewals


def _once_applied(table: sa.Table) -> Lock:
    return Lock(lambda: table.c.applied_on.isnot(None))


def _price_is_missing(rows: Rows) -> sa.ColumnElement[Any]:
    """No own price, and no version of the plan's for the first period that we would bill (L2.1)."""
    first_billed = sa.func.coalesce(rows.c.paid_until, rows.c.started_on)
    priced = sa.exists().where(plan_prices.c.plan == rows.c.plan, plan_prices.c.effective_from <= first_billed)
    return rows.c.unit_price.is_(None) & ~priced


def _of_another_company(rows: Rows) -> sa.ColumnElement[Any]:
    of_customer = sa.select(customers.c.company).where(customers.c.customer == rows.c.customer).scalar_subquery()
    of_plan = sa.select(plans.c.company).where(plans.c.plan == rows.c.plan).scalar_subquery()
    return of_customer != of_plan


MEMBERSHIPS = Entity(
    "memberships",
    memberships,
    (
        Field("membership", ID, required=True),
        Field("customer", ID, required=True),
        Field("plan", ID, required=True),
        Field("started_on", DATE, required=True),
        Field("paid_until", DATE, column="carried_until"),
        Field("auto_renew", BOOLEAN),
        Field("quantity", DECIMAL, default=1),
        Field("unit_price", DECIMAL, money=True),
        Field("discount_percent", DECIMAL, default=0),
    ),
    key=("membership",),
    checks=(
        KNOWN_CUSTOMER,
        KNOWN_PLAN,
        Check(
            "company_mismatch",
            _of_another_company,
            lambda rows: sa.func.concat(
                "customer ", rows.c.customer, " and plan ", rows.c.plan, " belong to different companies."
            ),
        ),
        later("paid_until", "started_on"),
        positive("quantity"),
        not_negative("unit_price"),
        precise("unit_price"),
        Check(
            "discount_out_of_range",
            lambda rows: (rows.c.discount_percent < 0) | (rows.c.discount_percent > 100),
            lambda rows: sa.func.concat("discount_percent is ", rows.c.discount_percent, "; expected 0 to 100."),
        ),
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
    lock=Lock(lambda: memberships.c.status != "pending", columns=("customer", "plan", "started_on", "carried_until")),
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
    lock=_once_applied(payments),
    digits=digits_of(own_currency),
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
    lock=_once_applied(refunds),
    digits=digits_of(own_currency),
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
    # L4.4: resumes_on of a freeze may change whenever.
    lock=Lock(lambda: freezes.c.applied_on.isnot(None), columns=("membership", "requested_on", "starts_on", "reason")),
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
    lock=_once_applied(closures),
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
    lock=_once_applied(renewals),
)


def _credit_type_is_unknown(rows: Rows) -> sa.ColumnElement[Any]:
    company = sa.select(customers.c.company).where(customers.c.customer == rows.c.customer).scalar_subquery()
    return ~sa.exists().where(credit_types.c.company == company, credit_types.c.credit_type == rows.c.credit_type)


KNOWN_CREDIT_TYPE = Check(
    "unknown_credit_type",
    _credit_type_is_unknown,
    lambda rows: sa.func.concat(
        "credit_type is ", rows.c.credit_type, "; expected one of the customer's company. Load it first."
    ),
)

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
    checks=(KNOWN_CUSTOMER, KNOWN_CREDIT_TYPE, positive("quantity"), later("expires_on", "starts_on")),
    lock=_once_applied(credit_charges),
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
    checks=(KNOWN_CUSTOMER, KNOWN_CREDIT_TYPE, positive("quantity")),
    lock=_once_applied(credit_usages),
)

REDEMPTIONS = Entity(
    "redemptions",
    redemptions,
    (
        Field("redemption", ID, required=True),
        Field("customer", ID, required=True),
        Field("points", integer(1, 999_999), required=True),
        Field("requested_on", DATE, required=True),
        Field("invoice", ID),
        Field("membership", ID),
    ),
    key=("redemption",),
    checks=(KNOWN_CUSTOMER,),
    lock=_once_applied(redemptions),
)
