"""Three believable companies to show Tajdid with: what their files would hold on the morning of the demo.

Answers with intake rows and nothing else: who writes them to files lets them in by the front door, intake. The same
arguments give the same rows, so a demo can be told, tested and repeated.

A kind of record is a module that answers `<kind>_of(setting, …)` and draws from a stream of its own name, and a line
below. People come first, then what they ask for, then what they are billed and pay for it, last what they do with what
they have paid for; each forecasts with what came before it, and only the product decides.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from models.demo.charges import charge_rows, charges_of
from models.demo.close_reasons import close_reason_rows
from models.demo.closures import closure_rows
from models.demo.companies import COMPANIES, Company, company_row, membership_count
from models.demo.credits import credit_type_rows, plan_credit_rows
from models.demo.customers import Customer, customer_row, customers_of
from models.demo.dunning import dunning_level_rows
from models.demo.fees import with_fees
from models.demo.freezes import freeze_rows, without_lapsed
from models.demo.loyalty import loyalty_rule_rows
from models.demo.memberships import Membership, membership_row, memberships_of
from models.demo.payments import Takings, payment_rows, payments_of
from models.demo.plans import PLANS, plan_row, price_rows
from models.demo.redemptions import redemption_rows, redemptions_of
from models.demo.refunds import refund_rows, refunds_of
from models.demo.rejects import deliberately_bad_payments
from models.demo.renewals import renewal_rows
from models.demo.renewals_refused import refused_renewals_of
from models.demo.requests import Requests, requests_of
from models.demo.rows import COLUMNS, Row
from models.demo.setting import Setting
from models.demo.usages import usage_rows, usages_of

__all__ = ["demo_files"]

Files = dict[str, list[Row]]


def demo_files(*, first_day: date, days: int, members: int = 3000, seed: int = 1447) -> Files:
    """Intake entity -> its rows, both in the order of intake.md, every value as it will stand in a CSV file.

    `members` memberships, whose business days are `[first_day, first_day + days)`; the records of later days are there
    from the beginning and wait (L1.5). Raises ValueError for fewer than 10 memberships or 1 day.
    """
    setting = Setting(first_day, days, members, seed)
    files: Files = {entity: [] for entity in COLUMNS}
    for company in COMPANIES:
        for entity, rows in _company_files(setting, company).items():
            files[entity] += rows
    files["payments"] += deliberately_bad_payments(setting)
    return files


def _company_files(setting: Setting, company: Company) -> Files:
    customers = customers_of(setting, company, membership_count(company, setting.members))
    memberships = memberships_of(setting, company, customers)
    requests = requests_of(setting, company, memberships)
    takings = with_fees(setting, company, payments_of(setting, company, memberships, requests))
    requests = replace(requests, freezes=without_lapsed(requests.freezes, takings.lapsed()))
    return {
        **_lists(setting, company),
        **_members(customers, memberships),
        **_money(setting, company, takings),
        **_requests(setting, company, requests, takings),
        **_credits(setting, company, memberships, requests, takings),
    }


def _lists(setting: Setting, company: Company) -> Files:
    """What the company is, sells, and holds its members to."""
    plans = [plan for plan in PLANS if plan.company is company]
    return {
        "companies": [company_row(company)],
        "close_reasons": close_reason_rows(company),
        "credit_types": credit_type_rows(company),
        "plans": [plan_row(plan) for plan in plans],
        "plan_prices": [price for plan in plans for price in price_rows(setting, plan)],
        "plan_credits": [credit for plan in plans for credit in plan_credit_rows(plan)],
        "loyalty_rules": loyalty_rule_rows(setting, company),
        "dunning_levels": dunning_level_rows(company),
    }


def _members(customers: Sequence[Customer], memberships: Sequence[Membership]) -> Files:
    joined = _days_of_joining(memberships)
    return {
        "customers": [customer_row(customer, joined_on=joined[customer.code]) for customer in customers],
        "memberships": [membership_row(membership) for membership in memberships],
    }


def _money(setting: Setting, company: Company, takings: Takings) -> Files:
    refunds = refunds_of(setting, company, takings.payments, takings.left_over)
    return {"payments": payment_rows(company, takings.payments), "refunds": refund_rows(company, refunds)}


def _requests(setting: Setting, company: Company, requests: Requests, takings: Takings) -> Files:
    refused = refused_renewals_of(setting, company, requests, takings.bills)
    return {
        "freezes": freeze_rows(company, requests.freezes),
        "closures": closure_rows(company, requests.closures),
        "renewals": renewal_rows(company, [*requests.renewals, *refused]),
    }


def _credits(
    setting: Setting, company: Company, memberships: Sequence[Membership], requests: Requests, takings: Takings
) -> Files:
    charges = charges_of(setting, company, memberships, requests)
    usages = usages_of(setting, company, bills=takings.bills, charges=charges, requests=requests)
    return {
        "credit_charges": charge_rows(company, charges),
        "credit_usages": usage_rows(company, usages),
        "redemptions": redemption_rows(company, redemptions_of(setting, company, takings.bills, charges)),
    }


def _days_of_joining(memberships: Sequence[Membership]) -> dict[str, date]:
    """Customer -> the day on which its first membership began."""
    joined: dict[str, date] = {}
    for membership in memberships:
        code = membership.customer.code
        joined[code] = min(membership.started_on, joined.get(code, membership.started_on))
    return joined
