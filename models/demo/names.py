"""What are the people of a city called? Draws a full name of one of its communities, with a spelling for e-mail.

The lists stand in `names_arabic`, `names_persian` and `names_latin`: `written latin` pairs, parted by commas.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple


class Name(NamedTuple):
    """One name as its bearer writes it and in Latin letters."""

    written: str
    latin: str


class FullName(NamedTuple):
    """A person's name, its Latin given and family name, and whether it is a woman's."""

    written: str
    given: str
    family: str
    is_woman: bool


class FullNameParts(NamedTuple):
    """What `order` arranges; `chance` in [0, 1) lets it vary."""

    given: str
    father: str
    family: str
    is_woman: bool
    chance: float


@dataclass(frozen=True)
class Community:
    """People who share names and a language; `order` writes given, father's and family name as they do."""

    language: str
    men: tuple[Name, ...]
    women: tuple[Name, ...]
    families: tuple[Name, ...]
    order: Callable[[FullNameParts], str]


def names(listing: str) -> tuple[Name, ...]:
    """`"علي Ali, عمر Omar"` as names; a name without a Latin twin is Latin already."""
    pairs = (entry.split() for entry in listing.split(","))
    return tuple(Name(pair[0].replace("_", " "), pair[-1].replace("_", " ")) for pair in pairs)


def given_family(parts: FullNameParts) -> str:
    """Oliver Bennett, مریم کریمی."""
    return f"{parts.given} {parts.family}"


def arabic_order(parts: FullNameParts) -> str:
    """نورة بنت خالد القحطاني, سعد فهد الدوسري, or just given and family name."""
    if parts.chance < 0.25:
        return given_family(parts)
    link = ("بنت " if parts.is_woman else "بن ") if parts.chance < 0.5 else ""
    return f"{parts.given} {link}{parts.father} {parts.family}"


def in_latin(community: Community) -> Community:
    """The same people where they write themselves in Latin letters, in English."""

    def romanised(written: tuple[Name, ...]) -> tuple[Name, ...]:
        return tuple(Name(name.latin, name.latin) for name in written)

    return replace(
        community,
        language="en",
        men=romanised(community.men),
        women=romanised(community.women),
        families=romanised(community.families),
        order=given_family,
    )


def full_name(community: Community, chance: Random) -> FullName:
    """A man's or a woman's name of this community."""
    is_woman = chance.random() < 0.46
    given = chance.choice(community.women if is_woman else community.men)
    father = chance.choice(community.men)
    family = chance.choice(community.families)
    parts = FullNameParts(given.written, father.written, family.written, is_woman, chance.random())
    return FullName(community.order(parts), given.latin, family.latin, is_woman)
