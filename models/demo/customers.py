"""Who are the customers? Persons of the communities around each company, and a few organizations.

Answers with everything but the day of joining, which the customer's memberships decide.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from models.demo.companies import KUWAIT, RIYADH, TEHRAN, Company
from models.demo.names import Community, full_name, in_latin
from models.demo.names_arabic import KUWAITIS, RIYADHIS
from models.demo.names_latin import ENGLISH, INDIANS
from models.demo.names_persian import IRANIANS
from models.demo.organizations import REGISTRATIONS, TAX_NUMBERS, organization_name
from models.demo.places import CITIES, address, as_dialled, mobile_number
from models.demo.rows import Row, row
from models.demo.setting import Setting, weighted

ORGANIZATION_SHARE = 0.035
SECOND_MEMBERSHIP_SHARE = 0.08
COMMUNITIES: dict[str, tuple[tuple[Community, int], ...]] = {
    RIYADH.code: ((RIYADHIS, 92), (INDIANS, 4), (ENGLISH, 4)),
    TEHRAN.code: ((IRANIANS, 97), (in_latin(IRANIANS), 3)),
    KUWAIT.code: ((in_latin(KUWAITIS), 40), (INDIANS, 27), (ENGLISH, 17), (in_latin(IRANIANS), 8), (KUWAITIS, 8)),
}
CATEGORIES: tuple[tuple[str | None, int], ...] = (("regular", 62), ("student", 20), ("vip", 9), (None, 9))
TAGS = {
    "ar": ("صباحي", "مسائي", "سباحة", "تدريب شخصي", "لياقة"),
    "fa": ("برنامه‌نویسی", "زبان", "کنکور", "طراحی", "صبح"),
    "en": ("pool", "padel", "morning", "family", "sailing"),
}
REACHED_BY = (((True, True), 70), ((True, False), 13), ((False, True), 12), ((False, False), 5))
"""Whether by e-mail, whether by telephone."""
MAIL_DOMAINS = ("example.com", "example.org", "mail.example")


@dataclass(frozen=True)
class Customer:
    """A customer and how many memberships to make for it; `profile` holds the columns nothing else needs."""

    code: str
    company: Company
    kind: str
    name: str
    category: str | None
    membership_count: int
    profile: dict[str, object]


def customers_of(setting: Setting, company: Company, membership_count: int) -> list[Customer]:
    """Customers of `company` who together hold `membership_count` memberships, one or two each."""
    chance = setting.stream("customers", company.code)
    return [
        organization(company, number, held, chance)
        if chance.random() < ORGANIZATION_SHARE
        else person(setting, company, number, held, chance)
        for number, held in enumerate(_shared_out(membership_count, chance), start=1)
    ]


def _shared_out(membership_count: int, chance: Random) -> Iterator[int]:
    while membership_count > 0:
        held = min(membership_count, 2 if chance.random() < SECOND_MEMBERSHIP_SHARE else 1)
        membership_count -= held
        yield held


def person(setting: Setting, company: Company, number: int, held: int, chance: Random) -> Customer:
    """A man or woman, reachable by e-mail or telephone, both, or (one in twenty) neither."""
    community = weighted(COMMUNITIES[company.code], chance)
    name = full_name(community, chance)
    category = weighted(CATEGORIES, chance)
    by_mail, by_phone = weighted(REACHED_BY, chance)
    profile = {
        "birth_date": _birth_date(setting, category, chance),
        "email": _mail_address(f"{name.given}.{name.family}", number, chance) if by_mail else None,
        "language": community.language if chance.random() < 0.96 else chance.choice(("ar", "fa", "en")),
        "tags": tuple(chance.sample(TAGS[company.language], chance.choice((0, 0, 1, 1, 2)))),
        "dunning_blocked": True if chance.random() < 0.01 else None,
        "custom": _custom(company, chance),
        **_reached_by_phone(company, by_phone, chance),
        **_place(company, chance),
    }
    return Customer(_code(company, number), company, "person", name.written, category, held, profile)


def organization(company: Company, number: int, held: int, chance: Random) -> Customer:
    """A firm that buys seats for its people and pays by invoice; a few are not to be dunned but rung up."""
    profile = {
        "email": f"accounts@org{number}-{company.prefix.lower()}.example",
        "language": company.language,
        "tags": ("b2b",),
        "tax_number": TAX_NUMBERS[company.country].format(number * 7919) or None,
        "commercial_registration": REGISTRATIONS[company.country].format(number * 37),
        **_reached_by_phone(company, True, chance),
        **_place(company, chance),
        "dunning_blocked": True if chance.random() < 0.05 else None,
    }
    name = organization_name(company, chance)
    return Customer(_code(company, number), company, "organization", name, "corporate", held, profile)


def customer_row(customer: Customer, *, joined_on: date) -> Row:
    """The customer as it stands in customers.csv."""
    return row(
        "customers",
        customer=customer.code,
        company=customer.company.code,
        kind=customer.kind,
        name=customer.name,
        category=customer.category,
        joined_on=joined_on,
        **customer.profile,
    )


def _code(company: Company, number: int) -> str:
    return f"{company.prefix}-C{number:05d}"


def _birth_date(setting: Setting, category: str | None, chance: Random) -> date | None:
    if chance.random() < 0.15:
        return None
    years = chance.randrange(17, 27) if category == "student" else chance.randrange(19, 66)
    return setting.first_day - timedelta(days=years * 365 + chance.randrange(365))


def _mail_address(name: str, number: int, chance: Random) -> str:
    local = "".join(letter for letter in name.lower() if letter.isalnum() or letter == ".")
    return f"{local}{number}@{chance.choice(MAIL_DOMAINS)}"


def _reached_by_phone(company: Company, by_phone: bool, chance: Random) -> dict[str, object]:
    if not by_phone:
        return {}
    number = mobile_number(company, chance)
    return {
        "phone": as_dialled(number, company, chance),
        "whatsapp": number if chance.random() < 0.6 else None,
    }


def _place(company: Company, chance: Random) -> dict[str, object]:
    return {
        "country": company.country,
        "city": chance.choice(CITIES[company.country]),
        "address": address(company, chance) if chance.random() < 0.55 else None,
    }


def _custom(company: Company, chance: Random) -> str | None:
    """What this company notes about a person that Tajdid has no column for, as a JSON object."""
    if chance.random() < 0.65:
        return None
    noted = {
        RIYADH.code: {"locker": f"{chance.choice('ABCD')}-{chance.randrange(1, 180)}"},
        TEHRAN.code: {"level": chance.choice(("A1", "A2", "B1", "B2", "C1"))},
        KUWAIT.code: {"referred_by": chance.choice(("friend", "instagram", "employer", "walk-in"))},
    }
    return json.dumps(noted[company.code], ensure_ascii=False)
