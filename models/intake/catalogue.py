"""All entities, in the order in which a folder is loaded (intake.md): what a row refers to comes before it."""

from __future__ import annotations

from models.intake.companies import CLOSE_REASONS, COMPANIES, CREDIT_TYPES, CUSTOMERS, DUNNING_LEVELS
from models.intake.entities import Entity
from models.intake.facts import (
    CLOSURES,
    CREDIT_CHARGES,
    CREDIT_USAGES,
    FREEZES,
    MEMBERSHIPS,
    PAYMENTS,
    REDEMPTIONS,
    REFUNDS,
    RENEWALS,
)
from models.intake.plans import LOYALTY_RULES, PLAN_CREDITS, PLAN_PRICES, PLANS

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        COMPANIES,
        CLOSE_REASONS,
        CREDIT_TYPES,
        PLANS,
        PLAN_PRICES,
        PLAN_CREDITS,
        LOYALTY_RULES,
        DUNNING_LEVELS,
        CUSTOMERS,
        MEMBERSHIPS,
        PAYMENTS,
        REFUNDS,
        FREEZES,
        CLOSURES,
        RENEWALS,
        CREDIT_CHARGES,
        CREDIT_USAGES,
        REDEMPTIONS,
    )
}
