"""Three believable companies to show Tajdid with: what their files would hold on the morning of the demo.

Answers with intake rows and nothing else: who writes them to files lets them in by the front door, intake. The same
arguments give the same rows, so a demo can be told, tested and repeated.

A new kind of record (plan credits, freezes, closures, dunning levels) is a module that answers `<kind>_of(setting, …)`
and draws from a stream of its own name, a line in `rows`, and a line in `_company_files`.
"""

from datetime import date

from models.demo.companies import COMPANIES, Company, company_row, membership_count
from models.demo.customers import customer_row, customers_of
from models.demo.memberships import Membership, membership_row, memberships_of
from models.demo.payments import payment_rows, payments_of
from models.demo.plans import PLANS, plan_row, price_rows
from models.demo.refunds import refund_rows, refunds_of
from models.demo.rejects import deliberately_bad_payments
from models.demo.rows import COLUMNS, Row
from models.demo.setting import Setting

__all__ = ["demo_files"]


def demo_files(*, first_day: date, days: int, members: int = 3000, seed: int = 1447) -> dict[str, list[Row]]:
    """Intake entity -> its rows, both in the order of intake.md, every value as it will stand in a CSV file.

    `members` memberships, whose business days are `[first_day, first_day + days)`; the records of later days are there
    from the beginning and wait (L1.5). Raises ValueError for fewer than 10 memberships or 1 day.
    """
    setting = Setting(first_day, days, members, seed)
    files: dict[str, list[Row]] = {entity: [] for entity in COLUMNS}
    for company in COMPANIES:
        for entity, rows in _company_files(setting, company).items():
            files[entity] += rows
    files["payments"] += deliberately_bad_payments(setting)
    return files


def _company_files(setting: Setting, company: Company) -> dict[str, list[Row]]:
    plans = [plan for plan in PLANS if plan.company is company]
    customers = customers_of(setting, company, membership_count(company, setting.members))
    memberships = memberships_of(setting, company, customers)
    payments, left_over = payments_of(setting, company, memberships)
    refunds = refunds_of(setting, company, payments, left_over)
    joined = _days_of_joining(memberships)
    return {
        "companies": [company_row(company)],
        "plans": [plan_row(plan) for plan in plans],
        "plan_prices": [price for plan in plans for price in price_rows(setting, plan)],
        "customers": [customer_row(customer, joined_on=joined[customer.code]) for customer in customers],
        "memberships": [membership_row(membership) for membership in memberships],
        "payments": payment_rows(company, payments),
        "refunds": refund_rows(company, refunds),
    }


def _days_of_joining(memberships: list[Membership]) -> dict[str, date]:
    """Customer -> the day on which its first membership began."""
    joined: dict[str, date] = {}
    for membership in memberships:
        code = membership.customer.code
        joined[code] = min(membership.started_on, joined.get(code, membership.started_on))
    return joined
