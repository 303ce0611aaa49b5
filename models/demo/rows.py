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
    "close_reasons": "company reason label customer_may_choose",
    "credit_types": "company credit_type name unit decimals",
    "plans": (
        "plan company name interval_unit interval_count calendar currency tax_rate tax_included terms_days lead_days "
        "grace_days auto_renew closable freeze_days_max on_expiry reminder_days"
    ),
    "plan_prices": "plan effective_from price",
    "plan_credits": "plan credit_type quantity valid_days",
    "loyalty_rules": ("rule company priority spend_amount points min_total category plan starts_on ends_on valid_days"),
    "dunning_levels": "company level days_overdue fee template",
    "customers": (
        "customer company kind name birth_date email phone whatsapp country city address language category tags "
        "tax_number commercial_registration joined_on dunning_blocked custom"
    ),
    "memberships": ("membership customer plan started_on paid_until auto_renew quantity unit_price discount_percent"),
    "payments": "payment customer invoice membership amount currency paid_on method reference",
    "refunds": "refund customer amount currency refunded_on reason",
    "freezes": "freeze membership requested_on starts_on resumes_on reason",
    "closures": "closure membership requested_on origin effective reason_code reason_text",
    "renewals": "renewal membership requested_on",
    "credit_charges": "charge customer credit_type quantity charged_on starts_on expires_on",
    "credit_usages": "usage customer credit_type quantity used_on membership note",
    "redemptions": "redemption customer points requested_on invoice membership",
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
