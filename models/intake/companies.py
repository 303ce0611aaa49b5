"""Companies in the intake, their lists and policies, their customers. Loading them again updates them."""

from __future__ import annotations

from zoneinfo import available_timezones

import sqlalchemy as sa

from models.companies import LANGUAGES, close_reasons, companies
from models.customers import customers
from models.dunning import dunning_levels
from models.erasures import erasures
from models.intake.checks import (
    KNOWN_COMPANY,
    KNOWN_CURRENCY,
    currency_of_company,
    digits_of,
    not_negative,
    positive,
    precise,
)
from models.intake.entities import Check, Entity, Field, Lock, Rows, shown
from models.intake.kinds import BOOLEAN, DATE, DECIMAL, ID, JSON_OBJECT, TEXT, TEXT_LIST, integer, one_of
from models.invoices import invoices
from models.lots import credit_charges, credit_types
from models.memberships import memberships
from models.payments import payments


def _prefix_is_stored(rows: Rows) -> sa.ColumnElement[bool]:
    """Another company in the store numbers its invoices with this prefix."""
    return sa.exists().where(companies.c.invoice_prefix == rows.c.invoice_prefix, companies.c.company != rows.c.company)


def _prefix_stands_above(rows: Rows) -> sa.ColumnElement[bool]:
    """Another company has claimed this prefix in an earlier line of the file."""
    first = sa.func.first_value(rows.c.company).over(partition_by=rows.c.invoice_prefix, order_by=rows.c.line)
    return first != rows.c.company


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
                "timezone is ", shown(rows.c.timezone), "; expected an IANA name such as Asia/Riyadh."
            ),
        ),
        Check(
            "prefix_taken",
            lambda rows: _prefix_is_stored(rows) | _prefix_stands_above(rows),
            lambda rows: sa.func.concat(
                "invoice_prefix is ", rows.c.invoice_prefix, "; expected one that no other company numbers with (L6.1)."
            ),
        ),
        positive("point_value"),
    ),
    locks=(
        Lock(
            lambda: sa.exists().where(invoices.c.company == companies.c.company),
            "the company has issued invoices with it",
            ("invoice_prefix", "currency"),
        ),
        Lock(
            lambda: sa.exists().where(dunning_levels.c.company == companies.c.company, dunning_levels.c.fee_minor > 0),
            "the company's dunning fees are kept in minor units of it",
            ("currency",),
        ),
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

DUNNING_LEVELS = Entity(
    "dunning_levels",
    dunning_levels,
    (
        Field("company", ID, required=True),
        Field("level", integer(1, 100), required=True),
        Field("days_overdue", integer(0), required=True),
        Field("fee", DECIMAL, money=True),
        Field("template", TEXT),
    ),
    key=("company", "level"),
    checks=(KNOWN_COMPANY, not_negative("fee"), precise("fee")),
    digits=digits_of(currency_of_company),
)

NOT_ERASED = Check(
    "erased",
    lambda rows: sa.exists().where(erasures.c.customer == rows.c.customer),
    lambda rows: sa.func.concat(rows.c.customer, " was erased; expected a customer of another id."),
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
    checks=(KNOWN_COMPANY, NOT_ERASED),
    locks=(
        Lock(
            lambda: sa.or_(
                *(
                    sa.exists().where(of.c.customer == customers.c.customer)
                    for of in (memberships, payments, credit_charges)
                )
            ),
            "the customer has memberships, payments or credits with it",
            ("company",),
        ),
    ),
)
