"""A customer with points and debts, for the tests of what points pay (L7.6)."""

from __future__ import annotations

from decimal import Decimal

from tests.factories import arrive, club, flow, seen

START, ON = "2028-02-01", "2028-02-02"
PATIENT = {"grace_days": 30}
TWO = [{"started_on": START}, {"started_on": START}]
"""Members m1 and m2 of one customer, with an invoice of 115.00 each."""
FIRST, SECOND = "CLUB-2028-000001", "CLUB-2028-000002"


def redeems(tmp_path, *asked: dict, points: int = 1000, value: str = "0.10", on: str = ON, **also) -> None:
    """A customer with points and with debts of the first day, and the redemptions of the second."""
    given = {
        "company": {"point_value": value},
        "plan": PATIENT,
        "memberships": [{"started_on": START}],
        "credit_charges": [{"credit_type": "points", "quantity": points, "charged_on": START}],
    }
    club(tmp_path, **given | also)
    for name in ("payments", "renewals", "credits"):
        flow(name, START)
    arrive(tmp_path, redemptions=[{"requested_on": on} | row for row in asked])
    flow("points", on)


def refused() -> dict[str, str]:
    return dict(seen("rejects", "record reason", entity="redemptions"))


def paid(**where: str) -> list[tuple[str, str]]:
    return seen("invoices", "invoice paid", **where)


def left() -> dict[str, Decimal]:
    return {source: Decimal(rest) for source, rest in seen("lots", "source_id remaining", credit_type="points")}
