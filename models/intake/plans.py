"""Plans in the intake, their prices and credits, and the rules of loyalty. Loading them again updates them."""

from __future__ import annotations

import sqlalchemy as sa

from models.intake.checks import (
    KNOWN_COMPANY,
    KNOWN_CURRENCY,
    KNOWN_PLAN,
    billable,
    bounded,
    company_of_plan,
    currency_of_plan,
    decimals_of_credit_type,
    digits_of,
    known_credit_type,
    later,
    not_negative,
    of_row,
    positive,
    precise,
    same_company,
)
from models.intake.entities import Check, Entity, Field, Lock
from models.intake.kinds import BOOLEAN, DATE, DAY_LIST, DECIMAL, ID, TEXT, integer, one_of
from models.lots import loyalty_rules
from models.memberships import memberships
from models.plans import CALENDARS, INTERVAL_UNITS, plan_credits, plan_prices, plans

PLANS = Entity(
    "plans",
    plans,
    (
        Field("plan", ID, required=True),
        Field("company", ID, required=True),
        Field("name", TEXT, required=True),
        Field("interval_unit", one_of(*INTERVAL_UNITS), required=True),
        Field("interval_count", integer(1, 3660), required=True),
        Field("calendar", one_of(*CALENDARS), default="gregorian"),
        Field("currency", ID, required=True),
        Field("tax_rate", DECIMAL, required=True),
        Field("tax_included", BOOLEAN, required=True),
        Field("terms_days", integer(0), required=True),
        Field("lead_days", integer(0), required=True),
        Field("grace_days", integer(0)),
        Field("auto_renew", BOOLEAN, required=True),
        Field("closable", BOOLEAN, required=True),
        Field("freeze_days_max", integer(0)),
        Field("on_expiry", one_of("void", "collect"), required=True),
        Field("reminder_days", DAY_LIST),
    ),
    key=("plan",),
    checks=(
        KNOWN_COMPANY,
        KNOWN_CURRENCY,
        bounded("tax_rate", lambda value: (value < 0) | (value >= 1), "a fraction such as 0.15 for 15 %"),
        Check(
            "expires_when_billed",
            lambda rows: rows.c.auto_renew & (rows.c.grace_days < 1) & (rows.c.lead_days < 1),
            lambda rows: sa.func.concat(
                "plan ",
                rows.c.plan,
                " renews with grace_days 0 and lead_days 0, so its members would expire on the day"
                " they are billed; expected grace_days or lead_days of 1 or more, or empty grace_days (L2.2).",
            ),
        ),
    ),
    locks=(
        Lock(
            lambda: sa.exists().where(memberships.c.plan == plans.c.plan, memberships.c.status != "pending"),
            "periods of its memberships were counted with it",
            ("interval_unit", "interval_count", "calendar"),
        ),
        Lock(
            lambda: sa.exists().where(memberships.c.plan == plans.c.plan),
            "customers of the company have memberships of the plan",
            ("company", "currency"),
        ),
        Lock(
            lambda: sa.exists().where(plan_prices.c.plan == plans.c.plan),
            "the plan's prices are kept in minor units of it",
            ("currency",),
        ),
    ),
)

PLAN_PRICES = Entity(
    "plan_prices",
    plan_prices,
    (
        Field("plan", ID, required=True),
        Field("effective_from", DATE, required=True),
        Field("price", DECIMAL, required=True, money=True),
    ),
    key=("plan", "effective_from"),
    checks=(KNOWN_PLAN, not_negative("price"), precise("price"), billable("price")),
    digits=digits_of(currency_of_plan),
)

PLAN_CREDITS = Entity(
    "plan_credits",
    plan_credits,
    (
        Field("plan", ID, required=True),
        Field("credit_type", ID, required=True),
        Field("quantity", DECIMAL, required=True),
        Field("valid_days", integer(1)),
    ),
    key=("plan", "credit_type"),
    checks=(
        KNOWN_PLAN,
        known_credit_type(company_of_plan),
        positive("quantity"),
        precise("quantity", "its credit type"),
    ),
    digits=decimals_of_credit_type(company_of_plan),
)

LOYALTY_RULES = Entity(
    "loyalty_rules",
    loyalty_rules,
    (
        Field("rule", ID, required=True),
        Field("company", ID, required=True),
        Field("priority", integer(-100_000), required=True),
        Field("spend_amount", DECIMAL, required=True),
        Field("points", DECIMAL, required=True),
        Field("min_total", DECIMAL),
        Field("category", TEXT),
        Field("plan", ID),
        Field("starts_on", DATE),
        Field("ends_on", DATE),
        Field("valid_days", integer(1)),
    ),
    key=("rule",),
    checks=(
        KNOWN_COMPANY,
        KNOWN_PLAN,
        same_company("the rule", of_row("company"), "plan", company_of_plan),
        positive("spend_amount"),
        positive("points"),
        later("ends_on", "starts_on"),
    ),
)
