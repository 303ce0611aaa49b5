"""Which intake could a club have? Seeded random files in the manner of the worked scenarios.

Two companies, in SAR and KWD, each with a plan of every kind; memberships that are fresh, late,
carried over, pending or anchored on a month's end; payments that are partial, early, too much or
misdirected. `full` adds every other entity (random_requests) and the Jalali and Hijri calendars.
The same arguments give the same files.
"""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from .calendars import boundary
from .files import Files, Row, write_folder
from .random_draw import Draw, amount_text
from .random_requests import add_company_lists, add_plan_credits, add_requests

COMPANIES = {"c-sa": ("SAR", "RYD", "0.05"), "c-kw": ("KWD", "KWT", "0.005")}
KINDS = (
    ("day", 10),
    ("day", 30),
    ("week", 1),
    ("week", 2),
    ("month", 1),
    ("month", 1),
    ("month", 3),
    ("year", 1),
)
CALENDARS = (None, "gregorian", "jalali", "jalali", "hijri", "hijri")
LEAP_DAY = date(2024, 2, 29)


def random_files(seed: int, *, full: bool, customers: int = 60, days: int = 110, first: date) -> Files:
    """Files whose story lies around the business days `[first, first + days)`."""
    draw = Draw(Random(seed), first, days, Files())
    for company in COMPANIES:
        add_company(draw, company, full=full)
    for n in range(customers):
        add_customer(draw, n)
    for membership in list(draw.files.rows["memberships"]):
        add_payments(draw, membership)
    add_refunds(draw)
    if full:
        add_requests(draw)
    for rows in draw.files.rows.values():
        draw.rng.shuffle(rows)
    return draw.files


def add_company(draw: Draw, company: str, *, full: bool) -> None:
    """A company, its plans of every kind with their prices, and its lists."""
    currency, prefix, point_value = COMPANIES[company]
    draw.add(
        "companies",
        company=company,
        name=company,
        timezone="Asia/Riyadh" if currency == "SAR" else "Asia/Kuwait",
        currency=currency,
        language=draw.pick("ar", "fa", "en"),
        invoice_prefix=prefix,
        point_value=point_value,
    )
    if full:
        add_company_lists(draw, company)
    for n, (unit, count) in enumerate(KINDS):
        plan = f"{company}-p{n}"
        calendar = draw.pick(*CALENDARS) if full else draw.pick(None, "gregorian")
        add_plan(draw, plan, company=company, unit=unit, count=count, calendar=calendar)
        add_prices(draw, plan, currency)
        if full and draw.chance(0.6):
            add_plan_credits(draw, plan)


def add_plan(draw: Draw, plan: str, *, company: str, unit: str, count: int, calendar: str | None) -> None:
    """Lead, grace and terms in all combinations that L2.2 permits."""
    renews, lead = draw.chance(0.7), draw.pick(0, 0, 0, 3, 10)
    grace = draw.pick(0, 1, 3, 5, 7, 14, None)
    if renews and lead == 0 and grace == 0:
        grace = draw.pick(1, 5)
    draw.add(
        "plans",
        plan=plan,
        company=company,
        name=f"plan {plan}",
        interval_unit=unit,
        interval_count=count,
        calendar=calendar,
        currency=COMPANIES[company][0],
        tax_rate=draw.pick("0", "0.05", "0.15"),
        tax_included=draw.pick("true", "false"),
        terms_days=draw.pick(0, 0, 3, 7, 14),
        lead_days=lead,
        grace_days=grace,
        auto_renew="true" if renews else "false",
        closable=draw.pick("true", "false"),
        freeze_days_max=draw.pick(None, 0, 30, 60),
        on_expiry=draw.pick("void", "collect"),
        reminder_days=draw.pick(None, "2", "7;3", "14;7;1"),
    )


def add_prices(draw: Draw, plan: str, currency: str) -> None:
    """A price since long ago, often another from some day on; once in a while nothing to pay."""
    price = draw.decimal(20, 900)
    if draw.chance(0.04):
        price = Decimal(0)
    draw.add(
        "plan_prices",
        plan=plan,
        effective_from="2010-01-01",
        price=amount_text(price, currency),
    )
    if draw.chance(0.35):
        newer = amount_text(price * draw.pick(Decimal("1.1"), Decimal("0.9")), currency)
        day = draw.day(-30, draw.days)
        draw.add("plan_prices", plan=plan, effective_from=day.isoformat(), price=newer)


def add_customer(draw: Draw, n: int) -> None:
    """A customer of one of the companies with no, one or two memberships."""
    company = draw.pick(*COMPANIES)
    customer = f"cu{n:05d}"
    draw.add(
        "customers",
        customer=customer,
        company=company,
        kind=draw.pick("person", "person", "organization"),
        name=f"عميل {n}",
        email=f"u{n}@example.com",
        language=draw.pick(None, "ar", "fa", "en"),
        category=draw.pick(None, "student", "vip"),
        dunning_blocked=draw.pick(None, "false", "false", "true"),
    )
    plans = [plan for plan in draw.files.rows["plans"] if plan["company"] == company]
    for k in range(draw.pick(0, 1, 1, 1, 1, 1, 1, 2, 2, 2)):
        add_membership(draw, f"m{n:05d}-{k}", customer, draw.pick(*plans))


def add_membership(draw: Draw, membership: str, customer: str, plan: Row) -> None:
    """One agreement; it may renew by itself only where L2.2 lets the plan do so."""
    started_on, paid_until = draw_start(draw, plan)
    may_renew = plan["lead_days"] != "0" or plan["grace_days"] != "0"
    draw.add(
        "memberships",
        membership=membership,
        customer=customer,
        plan=plan["plan"],
        started_on=started_on.isoformat(),
        paid_until=paid_until.isoformat() if paid_until else None,
        auto_renew=draw.pick(None, None, None, "false", "true" if may_renew else None),
        quantity=draw.pick(None, None, 1, 3),
        unit_price=draw.pick(None, None, None, "33.33"),
        discount_percent=draw.pick(*[None] * 20, *["10"] * 8, *["33.3"] * 8, "100"),
    )


def draw_start(draw: Draw, plan: Row) -> tuple[date, date | None]:
    """When a membership starts, and until when it was billed elsewhere, if so."""
    kind = draw.pick("fresh", "fresh", "pending", "late", "month_end", "leap", "on", "off")
    if kind == "fresh":
        return draw.day(-5, 3), None
    if kind == "pending":
        return draw.day(1, draw.days * 2 // 3), None
    if kind == "late":
        return back(draw, plan, draw.rng.randint(1, 4)), None
    if kind == "month_end":
        return month_end(draw.day(-40, draw.days // 2)), None
    if kind == "leap":
        return LEAP_DAY, boundary_near(LEAP_DAY, draw.day(-10, 40), plan)
    started_on = draw.day(-400, -45)
    near = draw.day(-15, 50)
    return started_on, boundary_near(started_on, near, plan) if kind == "on" else near


def back(draw: Draw, plan: Row, intervals: int) -> date:
    """A start so long ago that some periods are due at once."""
    length = {"day": 1, "week": 7, "month": 30, "year": 365}[plan["interval_unit"] or ""]
    step = length * int(plan["interval_count"] or "")
    return draw.first - timedelta(days=min(step * intervals, 800) + draw.rng.randint(0, 5))


def month_end(day: date) -> date:
    """The last day of the month before a day."""
    return day.replace(day=1) - timedelta(days=1)


def boundary_near(anchor: date, near: date, plan: Row) -> date:
    """The first boundary of a plan, counted from an anchor, that is not before a day."""
    n = 1
    while (day := nth(anchor, n, plan)) < near:
        n += 1
    return day


def nth(anchor: date, n: int, plan: Row) -> date:
    """`b(n)` of a plan's row (L1.3)."""
    return boundary(
        anchor,
        n,
        unit=plan["interval_unit"] or "",
        count=int(plan["interval_count"] or ""),
        calendar=plan["calendar"] or "gregorian",
    )


def add_payments(draw: Draw, membership: Row) -> None:
    """Some payments for a membership, around its periods, a few on the same day."""
    plan = draw.find("plans", plan=membership["plan"])
    price = Decimal(membership["unit_price"] or draw.find("plan_prices", plan=plan["plan"])["price"] or 0)
    due = price * int(membership["quantity"] or 1)
    begin = date.fromisoformat(membership["paid_until"] or membership["started_on"] or "")
    for n in range(draw.pick(0, 1, 2, 2, 3, 4, 6, 9)):
        near = nth(max(begin, draw.first), n, plan) if n else max(begin, draw.first)
        day = near + timedelta(days=draw.pick(-3, 0, 0, 1, 2, 4, 9, 16))
        amount = due * draw.pick(*[Decimal(1)] * 3, *map(Decimal, ("1.2", "1.15", "2", "0.5")))
        less = draw.pick(*[Decimal(0)] * 15, Decimal("0.003"), Decimal("0.02"))
        for _ in range(draw.pick(1, 1, 1, 1, 1, 2)):
            add_payment(draw, membership, (amount or Decimal(40)) - less, day)


def add_payment(draw: Draw, membership: Row, amount: Decimal, day: date) -> None:
    """One payment that names a membership, nothing, somebody else's, or an invoice."""
    plan = draw.find("plans", plan=membership["plan"])
    currency = plan["currency"] or ""
    aim = draw.pick(*["own"] * 13, *["nothing"] * 7, "other", "invoice")
    if draw.chance(0.04):
        currency = "KWD" if currency == "SAR" else "SAR"
    other = draw.pick(*draw.files.rows["memberships"])
    named = {"own": membership, "other": other}.get(aim)
    draw.add(
        "payments",
        payment=f"p{len(draw.files.rows['payments']):06d}",
        customer=membership["customer"],
        invoice=draw.invoice(plan["company"] or "") if aim == "invoice" else None,
        membership=named["membership"] if named else None,
        amount=amount_text(max(amount, Decimal(1)), currency),
        currency=currency,
        paid_on=day.isoformat(),
        method=draw.pick("cash", "card", "transfer"),
    )


def add_refunds(draw: Draw) -> None:
    """A few customers want money back, some more than they have."""
    for customer in list(draw.files.rows["customers"]):
        if draw.chance(0.2):
            currency = COMPANIES[customer["company"] or ""][0]
            draw.add(
                "refunds",
                refund=f"rf-{customer['customer']}",
                customer=customer["customer"],
                amount=amount_text(draw.decimal(5, 120), currency),
                currency=currency,
                refunded_on=draw.day(1, draw.days).isoformat(),
            )


__all__ = ["random_files", "write_folder"]
