"""Errors that speak: each says id, value, expectation and remedy in one sentence or two.

The exit code is the command line's (contract.md): 1 a run failed, 2 wrong usage or unreadable input, 3 a broken audit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any


class TajdidError(Exception):
    """Base of every error that a person is meant to read; shown without a traceback."""

    exit_code = 1

    def __reduce__(self) -> tuple[Any, ...]:
        """An error crosses processes as it is, whatever its constructor wants."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[TajdidError], args: tuple[Any, ...], said: dict[str, Any]) -> TajdidError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(said)
    return error


class WrongUsage(TajdidError):
    """What was asked for cannot be done as it was asked."""

    exit_code = 2


class UnreadableFile(TajdidError):
    """A file is refused whole; nothing of it was loaded."""

    exit_code = 2


class NotWritten(TajdidError):
    """A file could not be written where reports and documents go; what stood there is as it was."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"{path} cannot be written below TAJDID_OUT: {why}. What lay there before is whole. Make room, or give the "
            "right to write there, and run the same again."
        )


class DatabaseUnavailable(TajdidError):
    """The database cannot be reached, or is not in the state the code needs."""

    exit_code = 1


class ClosedDay(WrongUsage):
    """A business date before the last one completed was asked for (L1.8)."""

    def __init__(self, flow: str, as_of: date, last: date) -> None:
        super().__init__(
            f"{flow} for {as_of} is refused: {last} has already been run, and earlier days are closed (L1.8). "
            f"Expected {last} or later. Records that arrived late take part in the next day's run."
        )


class DaysMissed(WrongUsage):
    """A flow was asked to run alone ahead of business days that nightly has not done (L1.7)."""

    def __init__(self, flow: str, as_of: date, last: date) -> None:
        super().__init__(
            f"{flow} for {as_of} is refused: nightly has done the days up to {last}, and those between are missing. "
            f"Expected {last + timedelta(days=1)} at the latest. Run: tajdid nightly --as-of {as_of}"
        )


class Held(TajdidError):
    """A step's totals are nothing that anybody expected: it was rolled back and waits for a person."""

    def __init__(self, step: str, as_of: date, run_id: int, *, why: str, would: str) -> None:
        super().__init__(
            f"{step.replace('_', ' ')} of {as_of} is held, and nothing of it was written: {why}. It would do: {would}. "
            f"If that is right: tajdid approve {run_id} --reason TEXT, then run the day again. If not, mend the cause "
            "and run the day again."
        )


class NightMissing(TajdidError):
    """The business day should have been done by now."""

    def __init__(self, as_of: date, last: date | None) -> None:
        done = f"the last one that is done is {last}" if last else "none has been done yet"
        super().__init__(f"The night of {as_of} is not done; {done}. Look at the runs, then: tajdid nightly")


class Undelivered(TajdidError):
    """Messages could not go out, for a reason that concerns more than one of them."""

    def __init__(self, reasons: Sequence[str], counts: str) -> None:
        super().__init__(
            f"Not everything could be delivered: {'; '.join(reasons)}. Done: {counts}. What has not gone out waits; "
            "mend the cause, then: tajdid run delivery"
        )


class AfterTheDay(TajdidError):
    """The business days are done, and what comes after the books are closed is not."""

    def __init__(self, troubles: Sequence[str]) -> None:
        super().__init__(f"The books of the day are done, but not all that follows: {' '.join(troubles)}")


class NotUndoable(WrongUsage):
    """A run cannot be undone, as a whole; the message says what to do instead."""


class Interrupted(TajdidError):
    """A part of a step cannot go on because of the others; nothing of it is kept, the step is taken up again."""

    def __init__(self, step: str, shard: str, why: str) -> None:
        super().__init__(f"Part {shard} of {step} was given up: {why}. Nothing of it was kept; run the day again.")


class BrokenTemplate(WrongUsage):
    """A template of a company, or one of ours that it has to do with, cannot be used."""

    def __init__(self, company: str, template: str, line: int | None, why: str) -> None:
        where = f"{template}, line {line}" if line else template
        super().__init__(
            f"Template {where} of company {company} cannot be used: {why.rstrip('.')}. Correct it in the company's "
            "folder, under templates, or remove it to use ours."
        )


class AuditBroken(TajdidError):
    """At least one invariant returned rows; the day is not trusted."""

    exit_code = 3

    def __init__(self, as_of: date, breaks: Sequence[str]) -> None:
        self.breaks = tuple(breaks)
        shown = "\n  ".join(breaks[:20])
        more = f"\n  … and {len(breaks) - 20} more" if len(breaks) > 20 else ""
        super().__init__(f"The audit of {as_of} found {len(breaks)} broken rows:\n  {shown}{more}")
