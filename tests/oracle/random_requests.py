"""What else could a club have? Lists, credits, points, dunning and requests, at random."""

from datetime import timedelta

from .files import Row
from .random_draw import Draw


def add_company_lists(draw: Draw, company: str) -> None:
    """Close reasons, credit types, dunning levels and loyalty rules of a company."""
    for reason in ("price", "moved", "fraud"):
        choice = "false" if reason == "fraud" else "true"
        draw.add(
            "close_reasons",
            company=company,
            reason=reason,
            label=reason,
            customer_may_choose=choice,
        )
    for credit, decimals in (("session", 0), ("hour", 1), ("points", 0)):
        draw.add(
            "credit_types",
            company=company,
            credit_type=credit,
            name=credit,
            unit="u",
            decimals=decimals,
        )
    for level, days, fee in ((1, 3, None), (2, 10, "5"), (3, 25, "12.5")):
        draw.add(
            "dunning_levels",
            company=company,
            level=level,
            days_overdue=days,
            fee=fee,
            template=f"level{level}",
        )
    for n in range(4):
        add_rule(draw, company, n)


def add_rule(draw: Draw, company: str, n: int) -> None:
    """A loyalty rule; some hold only for a while, a category, a plan or larger invoices."""
    starts_on = draw.pick(None, None, draw.day(0, 60))
    ends_on = draw.pick(None, None, draw.day(61, draw.days + 61))
    draw.add(
        "loyalty_rules",
        rule=f"{company}-r{n}",
        company=company,
        priority=draw.pick(1, 2, 3),
        spend_amount=draw.pick("1", "7.5", "10"),
        points=draw.pick(1, 2, 10),
        min_total=draw.pick(None, None, 100, 300),
        category=draw.pick(None, None, "vip"),
        plan=draw.pick(None, None, None, f"{company}-p{draw.rng.randint(0, 7)}"),
        starts_on=starts_on,
        ends_on=ends_on,
        valid_days=draw.pick(None, 20, 45),
    )


def add_plan_credits(draw: Draw, plan: str) -> None:
    """One or two kinds of credits for each paid period."""
    quantities = {"session": ("4", "8"), "hour": ("2.5", "10")}
    for credit in draw.pick(("session",), ("hour",), ("session", "hour")):
        draw.add(
            "plan_credits",
            plan=plan,
            credit_type=credit,
            quantity=draw.pick(*quantities[credit]),
            valid_days=draw.pick(None, None, 20, 45),
        )


def add_requests(draw: Draw) -> None:
    """What members and staff ask for during the days."""
    for membership in draw.files.rows["memberships"]:
        if draw.chance(0.45):
            add_freezes(draw, membership)
        if draw.chance(0.25):
            add_closures(draw, membership)
        for n in range(draw.pick(0, 0, 1, 2)):
            draw.add(
                "renewals",
                renewal=f"rn-{membership['membership']}-{n}",
                membership=membership["membership"],
                requested_on=draw.day(0, draw.days),
            )
    for customer in draw.files.rows["customers"]:
        add_charges(draw, customer)
        add_usages(draw, customer)
        add_redemptions(draw, customer)


def add_freezes(draw: Draw, membership: Row) -> None:
    """One or two freezes, some empty, some too long, some while another one runs; some are changed once or twice."""
    for n in range(draw.pick(1, 1, 2)):
        starts_on = draw.day(0, draw.days)
        asked = {
            "freeze": f"fz-{membership['membership']}-{n}",
            "membership": membership["membership"],
            "requested_on": starts_on - timedelta(days=draw.pick(0, 1, 3, 5)),
            "starts_on": starts_on,
            "resumes_on": starts_on + timedelta(days=draw.pick(0, 1, 7, 7, 14, 25, 40)),
            "reason": "travel",
        }
        draw.add("freezes", **asked)
        for _ in range(draw.pick(0, 0, 1, 2)):
            changed_on = starts_on + timedelta(days=draw.pick(-4, -1, 0, 2, 6, 20))
            until = starts_on + timedelta(days=draw.pick(1, 5, 9, 16, 30))
            draw.add("freezes", **asked | {"requested_on": changed_on, "resumes_on": until})


def add_closures(draw: Draw, membership: Row) -> None:
    """One or two closings by a customer or staff, with or without an acceptable reason."""
    for n in range(draw.pick(1, 1, 1, 2)):
        draw.add(
            "closures",
            closure=f"cl-{membership['membership']}-{n}",
            membership=membership["membership"],
            # Some on the very first day, when all but who is loaded later still wait for their start.
            requested_on=draw.day(0, 0 if draw.chance(0.1) else draw.days),
            origin=draw.pick("customer", "staff"),
            effective=draw.pick("now", "period_end", "period_end"),
            reason_code=draw.pick("price", "moved", "price", "moved", "fraud", "nope", None),
            reason_text=draw.pick(None, None, None, "unhappy"),
        )


def add_charges(draw: Draw, customer: Row) -> None:
    """Top-ups with their own dates, some of them for days to come."""
    for n in range(draw.pick(0, 1, 2, 3)):
        charged_on = draw.day(0, draw.days)
        starts_on = charged_on + timedelta(days=draw.pick(0, 0, 0, 6))
        lasts = draw.pick(None, 5, 10, 28)
        draw.add(
            "credit_charges",
            charge=f"ch-{customer['customer']}-{n}",
            customer=customer["customer"],
            credit_type=draw.pick("session", "hour", "points", "points"),
            quantity=draw.pick(5, 10, 50),
            charged_on=charged_on,
            starts_on=starts_on,
            expires_on=starts_on + timedelta(days=lasts) if lasts else None,
        )


def add_usages(draw: Draw, customer: Row) -> None:
    """Usages, mostly of what was charged; many meet too little."""
    charged = [
        row["credit_type"]
        for row in draw.files.rows["credit_charges"]
        if row["customer"] == customer["customer"] and row["credit_type"] != "points"
    ]
    for n in range(draw.pick(0, 1, 2, 3, 5)):
        credit = draw.pick("session", "hour", *charged, *charged)
        draw.add(
            "credit_usages",
            usage=f"us-{customer['customer']}-{n}",
            customer=customer["customer"],
            credit_type=credit,
            quantity=draw.pick("1", "2") if credit == "session" else draw.pick("0.5", "1.5"),
            used_on=draw.day(10, draw.days),
        )


def add_redemptions(draw: Draw, customer: Row) -> None:
    """Redemptions of points for a named invoice, a named membership or whatever is open."""
    own = [
        membership["membership"]
        for membership in draw.files.rows["memberships"]
        if membership["customer"] == customer["customer"]
    ]
    for n in range(draw.pick(0, 1, 2, 3)):
        named = draw.pick(None, None, *own)
        invoice = draw.invoice(customer["company"] or "") if draw.chance(0.05) else None
        draw.add(
            "redemptions",
            redemption=f"rd-{customer['customer']}-{n}",
            customer=customer["customer"],
            points=draw.pick(1, 5, 5, 20, 50, 400),
            requested_on=draw.day(5, draw.days),
            invoice=invoice,
            membership=named,
        )
