"""Master data of the intake: companies, plans, prices, policies, customers. Loading it again updates it."""

from __future__ import annotations

from zoneinfo import available_timezones

import sqlalchemy as sa

from models.companies import LANGUAGES, close_reasons, companies
from models.customers import customers
from models.dunning import dunning_levels
from models.intake.checks import (
    KNOWN_COMPANY,
    KNOWN_CURRENCY,
    KNOWN_PLAN,
    currency_of_company,
    currency_of_plan,
    digits_of,
    later,
    not_negative,
    positive,
    precise,
)
from models.intake.entities import Check, Entity, Field, Lock
from models.intake.kinds import BOOLEAN, DATE, DAY_LIST, DECIMAL, ID, JSON_OBJECT, TEXT, TEXT_LIST, integer, one_of
from models.invoices import invoices
from models.lots import credit_types, loyalty_rules
from models.memberships import memberships
from models.plans import CALENDARS, INTERVAL_UNITS, plan_credits, plan_prices, plans

COMPANIES = Entity(
    "companies",
    companies,
    (
        Field("company", ID, required=True),
        Field("name", TEXT, required=True),
        Field("timezone", TEXT, required=True),
        Field("currency", ID, required=True),
        Field("language", one_of(*LANGUAGES), default="en"),
        Field("tax_number", TEXT),
        Field("commercial_registration", TEXT),
        Field("address", TEXT),
        Field("email_from", TEXT),
        Field("brand_color", TEXT),
        Field("invoice_prefix", ID, required=True),
        Field("point_value", DECIMAL),
    ),
    key=("company",),
    checks=(
        KNOWN_CURRENCY,
        Check(
            "unknown_timezone",
            lambda rows: rows.c.timezone.notin_(sorted(available_timezones())),
            lambda rows: sa.func.concat(
                "timezone is ", rows.c.timezone, "; expected an IANA name such as Asia/Riyadh."
            ),
        ),
        Check(
            "prefix_taken",
            lambda rows: (
                sa.exists().where(
                    companies.c.invoice_prefix == rows.c.invoice_prefix, companies.c.company != rows.c.company
                )
                | (
                    sa.func.first_value(rows.c.company).over(partition_by=rows.c.invoice_prefix, order_by=rows.c.line)
                    != rows.c.company
                )
            ),
            lambda rows: sa.func.concat(
                "invoice_prefix is ", rows.c.invoice_prefix, "; expected one that no other company numbers with (L6.1)."
            ),
        ),
        positive("point_value"),
    ),
    # Issued documents carry both.
    lock=Lock(
        lambda: sa.exists().where(invoices.c.company == companies.c.company), columns=("invoice_prefix", "currency")
    ),
)

CLOSE_REASONS = Entity(
    "close_reasons",
    close_reasons,
    (
        Field("company", ID, required=True),
        Field("reason", ID, required=True),
        Field("label", TEXT),
        Field("customer_may_choose", BOOLEAN, required=True),
    ),
    key=("company", "reason"),
    checks=(KNOWN_COMPANY,),
)

CREDIT_TYPES = Entity(
    "credit_types",
    credit_types,
    (
        Field("company", ID, required=True),
        Field("credit_type", ID, required=True),
        Field("name", TEXT),
        Field("unit", TEXT, required=True),
        Field("decimals", integer(0, 6), required=True),
    ),
    key=("company", "credit_type"),
    checks=(KNOWN_COMPANY,),
)

PLANS = Entity(
    "plans",
    plans,
    (
        Field("plan", ID, required=True),
        Field("company", ID, required=True),
        Field("name", TEXT, required=True),
        Field("interval_unit", one_of(*INTERVAL_UNITS), required=True),
        Field("interval_count", integer(1, 1000), required=True),
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
        Check(
            "calendar_not_supported",
            lambda rows: rows.c.calendar != "gregorian",
            lambda rows: sa.func.concat(
                "calendar is ", rows.c.calendar, "; this version counts months in the gregorian calendar only."
            ),
        ),
        Check(
            "tax_rate_out_of_range",
            lambda rows: (rows.c.tax_rate < 0) | (rows.c.tax_rate >= 1),
            lambda rows: sa.func.concat(
                "tax_rate is ", rows.c.tax_rate, "; expected a fraction such as 0.15 for 15 %."
            ),
        ),
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
    # The boundaries and amounts of its members' periods were counted with these.
    lock=Lock(
        lambda: sa.exists().where(memberships.c.plan == plans.c.plan),
        columns=("company", "interval_unit", "interval_count", "calendar", "currency"),
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
    checks=(KNOWN_PLAN, not_negative("price"), precise("price")),
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
    checks=(KNOWN_PLAN, positive("quantity")),
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
    checks=(KNOWN_COMPANY, KNOWN_PLAN, positive("spend_amount"), positive("points"), later("ends_on", "starts_on")),
)

DUNNING_LEVELS = Entity(
    "dunning_levels",
    dunning_levels,
    (
        Field("company", ID, required=True),
        Field("level", integer(1, 100), required=True),
        Field("days_overdue", integer(1), required=True),
        Field("fee", DECIMAL, money=True),
        Field("template", TEXT),
    ),
    key=("company", "level"),
    checks=(KNOWN_COMPANY, not_negative("fee"), precise("fee")),
    digits=digits_of(currency_of_company),
)

CUSTOMERS = Entity(
    "customers",
    customers,
    (
        Field("customer", ID, required=True),
        Field("company", ID, required=True),
        Field("kind", one_of("person", "organization"), required=True),
        Field("name", TEXT, required=True),
        Field("birth_date", DATE),
        *(Field(name, TEXT) for name in ("email", "phone", "whatsapp", "country", "city", "address")),
        Field("language", one_of(*LANGUAGES)),
        Field("category", TEXT),
        Field("tags", TEXT_LIST),
        Field("tax_number", TEXT),
        Field("commercial_registration", TEXT),
        Field("joined_on", DATE),
        Field("dunning_blocked", BOOLEAN, default=False),
        Field("custom", JSON_OBJECT),
    ),
    key=("customer",),
    checks=(KNOWN_COMPANY,),
    lock=Lock(lambda: sa.exists().where(memberships.c.customer == customers.c.customer), columns=("company",)),
)
