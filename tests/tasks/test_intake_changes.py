"""Another end under the id of a freeze: a record of its own, a rewritten request, or a mistake? (L4.4, intake.md)"""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from models.requests import freeze_changes, freezes
from tests.tasks.intake_club import club, counts, load, reasons, row, stored


@pytest.fixture(autouse=True)
def _club(store, tmp_path):
    club()
    load(tmp_path, "memberships", row("memberships"))


def apply(store: sa.Connection) -> None:
    """Mark the freeze as decided, as a business day would."""
    store.execute(sa.update(freezes).values(applied_on=date(2028, 2, 10)))


def ends(store: sa.Connection) -> list[tuple[date, date]]:
    """requested_on and resumes_on of all changes of Z1, which was asked for on 1 February until the 20th."""
    assert stored("freezes", "resumes_on") == [(date(2028, 2, 20),)]
    c = freeze_changes.c
    return [tuple(found) for found in store.execute(sa.select(c.requested_on, c.resumes_on).order_by(c.change_id))]


SOONER, LATER = {"resumes_on": "2028-02-15"}, {"resumes_on": "2028-02-25", "requested_on": "2028-02-12"}
KEPT_SOONER, KEPT_LATER = (date(2028, 2, 1), date(2028, 2, 15)), (date(2028, 2, 12), date(2028, 2, 25))


@pytest.mark.parametrize("applied", [False, True])
def test_another_end_of_a_freeze_is_a_record_of_its_own(store, tmp_path, applied):
    """L4.4: the request stays as it was asked; with its own day, once, however often it is loaded."""
    load(tmp_path, "freezes", row("freezes"))
    if applied:
        apply(store)
    assert counts(load(tmp_path, "freezes", row("freezes", **SOONER))) == (1, 0, 0)
    assert counts(load(tmp_path, "freezes", row("freezes", **LATER))) == (1, 0, 0)
    assert ends(store) == [KEPT_SOONER, KEPT_LATER]
    assert counts(load(tmp_path, "freezes", row("freezes", **SOONER), row("freezes"))) == (0, 2, 0)
    assert ends(store) == [KEPT_SOONER, KEPT_LATER]


def test_a_freeze_and_its_changes_may_stand_in_one_file(store, tmp_path):
    """L4.4: the first line of an id is the request; each other end after it is a change."""
    lines = [row("freezes"), row("freezes", **SOONER), row("freezes", **SOONER), row("freezes", **LATER)]
    assert counts(load(tmp_path, "freezes", *lines)) == (3, 1, 0)
    assert ends(store) == [KEPT_SOONER, KEPT_LATER]
    assert counts(load(tmp_path, "freezes", *lines)) == (0, 4, 0)


@pytest.mark.parametrize("also", [{}, SOONER], ids=["alone", "with another end"])
@pytest.mark.parametrize("other", [{"starts_on": "2028-02-11"}, {"membership": "M2"}], ids=str)
def test_of_a_freeze_that_was_applied_nothing_but_its_end_may_change(store, tmp_path, other, also):
    load(tmp_path, "memberships", row("memberships", membership="M2"))
    load(tmp_path, "freezes", row("freezes"))
    apply(store)
    assert counts(load(tmp_path, "freezes", row("freezes", **other, **also))) == (0, 0, 1)
    assert reasons() == {"Z1": "changed_after_applied"}
    assert ends(store) == []


def test_a_freeze_that_waits_may_still_become_another(store, tmp_path):
    load(tmp_path, "freezes", row("freezes"))
    assert counts(load(tmp_path, "freezes", row("freezes", starts_on="2028-02-11"))) == (1, 0, 0)
    assert stored("freezes", "starts_on") == [(date(2028, 2, 11),)]
    assert ends(store) == []


def test_two_freezes_of_one_id_in_a_file_are_no_change(store, tmp_path):
    lines = [row("freezes"), row("freezes", starts_on="2028-02-11", **SOONER)]
    assert counts(load(tmp_path, "freezes", *lines)) == (1, 0, 1)
    assert reasons() == {"Z1": "duplicate_in_file"}
    assert ends(store) == []
