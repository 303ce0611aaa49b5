"""When a report was produced and what it knew, in the company's words, time zone and calendars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from reports.company import Company
from reports.pages.knowledge import Knowledge


@dataclass(frozen=True)
class Line:
    """A sentence, and whether it reassures or warns."""

    text: str
    mood: Literal["", "proved", "unproved", "early"] = ""


def provenance(known: Knowledge, company: Company) -> Iterator[Line]:
    """The sentences under a report's title."""
    voice = company.voice()
    local = known.produced_at.astimezone(ZoneInfo(company.timezone))
    time = voice.isolated(f"{voice.in_digits(f'{local:%H:%M}')} ({company.timezone})")
    yield Line(voice.text("Produced on %(day)s at %(time)s.", day=voice.day(local.date()), time=time))
    if known.known_up_to is None:
        yield Line(voice.text("No business day has been run yet."))
    else:
        yield Line(voice.text("Business days known up to %(day)s.", day=voice.day(known.known_up_to)))
    yield _audited(known, company)
    if known.is_before_all and known.first_day:
        first = voice.day(known.first_day)
        yield Line(voice.text("The store begins on %(day)s: what was before is not known here.", day=first), "early")
    if known.is_early:
        yield Line(voice.text("This business day has not been run yet: what it will bring is missing here."), "early")


def _audited(known: Knowledge, company: Company) -> Line:
    voice = company.voice()
    if known.is_proved:
        whole = voice.plural(
            "The audit of this day checked %(count)s invariant and found it whole.",
            "The audit of this day checked %(count)s invariants and found all of them whole.",
            known.invariants,
        )
        return Line(whole, "proved")
    if known.audit == "failed":
        broken = voice.text("The audit of this day found something broken: these figures are not proved.")
        return Line(broken, "unproved")
    return Line(voice.text("This day has not been audited: these figures are not proved."), "unproved")
