"""Which columns has each intake file, and how does a typed value stand in it?

The demo keeps its people, plans and payments typed until the very end; only `row` turns them into the text of a CSV
file. The table repeats intake.md on purpose: a demo file with a misspelt column must fail here, not at a customer's.
"""

from datetime import date
from decimal import Decimal

Row = dict[str, str]

_HEADERS = {
    "companies": (
        "company name timezone currency language tax_number commercial_registration address email_from brand_color "
        "invoice_prefix point_value"
    ),
    "plans": (
        "plan company name interval_unit interval_count calendar currency tax_rate tax_included terms_days lead_days "
        "grace_days auto_renew closable freeze_days_max on_expiry reminder_days"
    ),
    "plan_prices": "plan effective_from price",
    "customers": (
        "customer company kind name birth_date email phone whatsapp country city address language category tags "
        "tax_number commercial_registration joined_on dunning_blocked custom"
    ),
    "memberships": ("membership customer plan started_on paid_until auto_renew quantity unit_price discount_percent"),
    "payments": "payment customer invoice membership amount currency paid_on method reference",
    "refunds": "refund customer amount currency refunded_on reason",
}
COLUMNS: dict[str, tuple[str, ...]] = {entity: tuple(header.split()) for entity, header in _HEADERS.items()}
"""Intake entity -> its columns, both in the order of intake.md, which is the order of loading."""


def row(entity: str, **values: object) -> Row:
    """One CSV row of `entity`: every column present, in order, what was not given as ''.

    Raises ValueError on a column that intake.md does not name.
    """
    if unknown := values.keys() - set(COLUMNS[entity]):
        raise ValueError(f"{entity} has no column {sorted(unknown)}; expected some of {COLUMNS[entity]}.")
    return {column: text(values.get(column)) for column in COLUMNS[entity]}


def text(value: object) -> str:
    """The intake spelling of a value: '' for None, true|false, ISO dates, plain decimals, ';'-separated lists."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return ";".join(text(item) for item in value)
    return str(value)
