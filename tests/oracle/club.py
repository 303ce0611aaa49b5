"""What does the club know? Master data, facts that wait for their day, all that was decided."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from . import reading
from . import records as r
from . import state as s
from .files import Row, complete

FactOf = TypeVar("FactOf", bound=r.Fact)


@dataclass
class Club:
    """All companies together. Nothing here decides; the stages of the day do."""

    companies: dict[str, r.Company] = field(default_factory=dict)
    reasons: dict[tuple[str, str], r.CloseReason] = field(default_factory=dict)
    plans: dict[str, r.Plan] = field(default_factory=dict)
    prices: dict[tuple[str, date], r.PlanPrice] = field(default_factory=dict)
    plan_credits: dict[tuple[str, str], r.PlanCredit] = field(default_factory=dict)
    rules: dict[str, r.LoyaltyRule] = field(default_factory=dict)
    levels: dict[tuple[str, int], r.DunningLevel] = field(default_factory=dict)
    customers: dict[str, r.Customer] = field(default_factory=dict)
    memberships: dict[str, s.Membership] = field(default_factory=dict)
    facts: dict[tuple[str, str], Row] = field(default_factory=dict)
    waiting: dict[str, dict[str, r.Fact]] = field(default_factory=lambda: defaultdict(dict))
    receipts: dict[str, list[s.Receipt]] = field(default_factory=lambda: defaultdict(list))
    invoices: dict[str, list[s.Invoice]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    lots: list[s.Lot] = field(default_factory=list)
    movements: list[s.Movement] = field(default_factory=list)
    notices: list[s.Notice] = field(default_factory=list)
    messages: list[s.Message] = field(default_factory=list)
    rejects: list[s.Reject] = field(default_factory=list)
    postings: list[s.Posting] = field(default_factory=list)
    transactions: int = 0

    def plan_of(self, membership: s.Membership) -> r.Plan:
        """The plan of a membership."""
        return self.plans[membership.terms.plan]

    def memberships_in_order(self) -> list[s.Membership]:
        """All memberships by id, the order within a stage (L6.1)."""
        return [self.memberships[record] for record in sorted(self.memberships)]

    def all_invoices(self) -> list[s.Invoice]:
        """Every document by number."""
        found = [invoice for invoices in self.invoices.values() for invoice in invoices]
        return sorted(found, key=lambda invoice: (invoice.number, invoice.company))

    def open_invoices(self, customer: str) -> list[s.Invoice]:
        """A customer's open invoices, oldest `(due_on, number)` first (L6.2)."""
        found = [invoice for invoice in self.invoices[customer] if invoice.open > 0]
        return sorted(found, key=lambda invoice: (invoice.due_on, invoice.number))

    def take(self, entity: str, kind: type[FactOf], as_of: date) -> list[FactOf]:
        """The facts whose day has come, by (date, id); they wait no longer (L1.5, L1.6)."""
        waiting = self.waiting[entity]
        due = [fact for fact in waiting.values() if isinstance(fact, kind) and fact.on <= as_of]
        self.waiting[entity] = {key: fact for key, fact in waiting.items() if fact not in due}
        return sorted(due, key=lambda fact: (fact.on, fact.record))

    def reject(self, entity: str, record: str, reason: str, as_of: date) -> None:
        """A refused request is kept with its reason and the business date."""
        message = f"{entity} {record} refused on {as_of}: {reason}."
        self.rejects.append(s.Reject(entity, record, reason, message, as_of))


def add_row(club: Club, entity: str, row: Row) -> None:
    """Loads one row: master data is updated, a fact waits for its day (intake.md)."""
    full = complete(entity, row)
    if entity in reading.FACTS:
        add_fact(club, entity, full)
    elif entity == "memberships":
        add_membership(club, reading.terms(full))
    else:
        add_master(club, entity, full)


def add_fact(club: Club, entity: str, row: Row) -> None:
    """A new fact waits; one that still waits is replaced; an applied one stays as it was."""
    fact = reading.FACTS[entity](row)
    known = club.facts.get((entity, fact.record))
    if known == row:
        return
    if entity == "freezes" and known is not None and is_change(row, known):
        add_change(club, row)
    elif known is None or fact.record in club.waiting[entity]:
        club.waiting[entity][fact.record] = fact
        club.facts[entity, fact.record] = row


def is_change(row: Row, known: Row) -> bool:
    """Another request under the id of an earlier freeze, about the same one (L4.4)?"""
    about = all(row[name] == known[name] for name in ("membership", "starts_on"))
    return about and any(row[name] != known[name] for name in ("requested_on", "resumes_on"))


def add_change(club: Club, row: Row) -> None:
    """A change waits for its own day; the same one again says nothing new."""
    key = " ".join(row[name] or "" for name in ("freeze", "requested_on", "resumes_on"))
    if ("freeze_changes", key) not in club.facts:
        club.waiting["freeze_changes"][key] = reading.freeze_change(row)
        club.facts["freeze_changes", key] = row


def add_membership(club: Club, terms: r.Terms) -> None:
    """A new membership is pending; a known one gets its new terms."""
    known = club.memberships.get(terms.membership)
    if known is None or known.status == s.PENDING:
        club.memberships[terms.membership] = s.Membership(terms, anchor=terms.started_on)
    else:
        known.terms = terms


def add_master(club: Club, entity: str, row: Row) -> None:
    """Companies, plans, customers and their lists; the last row of a key counts."""
    if entity == "companies":
        company = reading.company(row)
        club.companies[company.company] = company
    elif entity == "close_reasons":
        reason = reading.close_reason(row)
        club.reasons[reason.company, reason.reason] = reason
    elif entity == "plans":
        plan = reading.plan(row)
        club.plans[plan.plan] = plan
    elif entity == "plan_prices":
        price = reading.plan_price(row)
        club.prices[price.plan, price.effective_from] = price
    elif entity == "customers":
        customer = reading.customer(row)
        club.customers[customer.customer] = customer
    else:
        add_benefit(club, entity, row)


def add_benefit(club: Club, entity: str, row: Row) -> None:
    """Credits of a plan, loyalty rules, dunning levels."""
    if entity == "plan_credits":
        credit = reading.plan_credit(row)
        club.plan_credits[credit.plan, credit.credit_type] = credit
    elif entity == "loyalty_rules":
        rule = reading.loyalty_rule(row)
        club.rules[rule.rule] = rule
    elif entity == "dunning_levels":
        level = reading.dunning_level(row)
        club.levels[level.company, level.level] = level
