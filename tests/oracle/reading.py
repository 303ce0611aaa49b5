"""How does a row of text become a record? Types and defaults of intake.md, nothing decided."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from . import records as r
from .files import Row


def text(row: Row, column: str) -> str:
    """A required text."""
    value = row[column]
    if value is None:
        raise ValueError(f"{column} is empty in {row}; it is required, see intake.md")
    return value


def day(row: Row, column: str) -> date:
    """A required date."""
    return date.fromisoformat(text(row, column))


def day_or_none(row: Row, column: str) -> date | None:
    """A date, or None."""
    return day(row, column) if row[column] else None


def number(row: Row, column: str, default: str | None = None) -> Decimal:
    """A decimal; a required one where there is no default."""
    return Decimal(row[column] or default or text(row, column))


def number_or_none(row: Row, column: str) -> Decimal | None:
    """A decimal, or None."""
    return number(row, column) if row[column] else None


def whole_or_none(row: Row, column: str) -> int | None:
    """An integer, or None."""
    return int(number(row, column)) if row[column] else None


def company(row: Row) -> r.Company:
    return r.Company(
        company=text(row, "company"),
        currency=text(row, "currency"),
        language=row["language"] or "en",
        invoice_prefix=text(row, "invoice_prefix"),
        point_value=number_or_none(row, "point_value"),
    )


def close_reason(row: Row) -> r.CloseReason:
    allowed = text(row, "customer_may_choose") == "true"
    return r.CloseReason(text(row, "company"), text(row, "reason"), allowed)


def plan(row: Row) -> r.Plan:
    return r.Plan(
        plan=text(row, "plan"),
        company=text(row, "company"),
        interval_unit=text(row, "interval_unit"),
        interval_count=int(text(row, "interval_count")),
        calendar=row["calendar"] or "gregorian",
        currency=text(row, "currency"),
        tax_rate=number(row, "tax_rate"),
        tax_included=text(row, "tax_included") == "true",
        terms_days=int(text(row, "terms_days")),
        lead_days=int(text(row, "lead_days")),
        grace_days=whole_or_none(row, "grace_days"),
        auto_renew=text(row, "auto_renew") == "true",
        closable=text(row, "closable") == "true",
        freeze_days_max=whole_or_none(row, "freeze_days_max"),
        on_expiry=text(row, "on_expiry"),
        reminder_days=tuple(int(k) for k in (row["reminder_days"] or "").split(";") if k),
    )


def plan_price(row: Row) -> r.PlanPrice:
    return r.PlanPrice(text(row, "plan"), day(row, "effective_from"), number(row, "price"))


def plan_credit(row: Row) -> r.PlanCredit:
    return r.PlanCredit(
        text(row, "plan"),
        text(row, "credit_type"),
        number(row, "quantity"),
        whole_or_none(row, "valid_days"),
    )


def loyalty_rule(row: Row) -> r.LoyaltyRule:
    return r.LoyaltyRule(
        rule=text(row, "rule"),
        company=text(row, "company"),
        priority=int(text(row, "priority")),
        spend_amount=number(row, "spend_amount"),
        points=number(row, "points"),
        min_total=number_or_none(row, "min_total"),
        category=row["category"],
        plan=row["plan"],
        starts_on=day_or_none(row, "starts_on"),
        ends_on=day_or_none(row, "ends_on"),
        valid_days=whole_or_none(row, "valid_days"),
    )


def dunning_level(row: Row) -> r.DunningLevel:
    return r.DunningLevel(
        company=text(row, "company"),
        level=int(text(row, "level")),
        days_overdue=int(text(row, "days_overdue")),
        fee=number(row, "fee", "0"),
        template=row["template"],
    )


def customer(row: Row) -> r.Customer:
    return r.Customer(
        customer=text(row, "customer"),
        company=text(row, "company"),
        language=row["language"],
        category=row["category"],
        dunning_blocked=row["dunning_blocked"] == "true",
    )


def terms(row: Row) -> r.Terms:
    return r.Terms(
        membership=text(row, "membership"),
        customer=text(row, "customer"),
        plan=text(row, "plan"),
        started_on=day(row, "started_on"),
        paid_until=day_or_none(row, "paid_until"),
        auto_renew=row["auto_renew"] == "true" if row["auto_renew"] else None,
        quantity=number(row, "quantity", "1"),
        unit_price=number_or_none(row, "unit_price"),
        discount_percent=number(row, "discount_percent", "0"),
    )


def payment(row: Row) -> r.Payment:
    return r.Payment(
        record=text(row, "payment"),
        on=day(row, "paid_on"),
        customer=text(row, "customer"),
        invoice=row["invoice"],
        membership=row["membership"],
        amount=number(row, "amount"),
        currency=text(row, "currency"),
    )


def refund(row: Row) -> r.Refund:
    return r.Refund(
        record=text(row, "refund"),
        on=day(row, "refunded_on"),
        customer=text(row, "customer"),
        amount=number(row, "amount"),
        currency=text(row, "currency"),
    )


def freeze(row: Row) -> r.Freeze:
    """Counts from `starts_on`, or from the day it was asked for where that is later (L1.5)."""
    return r.Freeze(
        record=text(row, "freeze"),
        on=max(day(row, "requested_on"), day(row, "starts_on")),
        membership=text(row, "membership"),
        resumes_on=day(row, "resumes_on"),
    )


def freeze_change(row: Row) -> r.Freeze:
    """A repeated freeze id counts from the day it was asked for (L4.4)."""
    return r.Freeze(
        record=text(row, "freeze"),
        on=day(row, "requested_on"),
        membership=text(row, "membership"),
        resumes_on=day(row, "resumes_on"),
    )


def closure(row: Row) -> r.Closure:
    return r.Closure(
        record=text(row, "closure"),
        on=day(row, "requested_on"),
        membership=text(row, "membership"),
        origin=text(row, "origin"),
        effective=text(row, "effective"),
        reason_code=row["reason_code"],
        reason_text=row["reason_text"],
    )


def renewal(row: Row) -> r.Renewal:
    return r.Renewal(text(row, "renewal"), day(row, "requested_on"), text(row, "membership"))


def charge(row: Row) -> r.Charge:
    return r.Charge(
        record=text(row, "charge"),
        on=day(row, "charged_on"),
        customer=text(row, "customer"),
        credit_type=text(row, "credit_type"),
        quantity=number(row, "quantity"),
        starts_on=day(row, "starts_on"),
        expires_on=day_or_none(row, "expires_on"),
    )


def usage(row: Row) -> r.Usage:
    return r.Usage(
        record=text(row, "usage"),
        on=day(row, "used_on"),
        customer=text(row, "customer"),
        credit_type=text(row, "credit_type"),
        quantity=number(row, "quantity"),
    )


def redemption(row: Row) -> r.Redemption:
    return r.Redemption(
        record=text(row, "redemption"),
        on=day(row, "requested_on"),
        customer=text(row, "customer"),
        points=number(row, "points"),
        invoice=row["invoice"],
        membership=row["membership"],
    )


FACTS: dict[str, Callable[[Row], r.Fact]] = {
    "payments": payment,
    "refunds": refund,
    "freezes": freeze,
    "closures": closure,
    "renewals": renewal,
    "credit_charges": charge,
    "credit_usages": usage,
    "redemptions": redemption,
}
