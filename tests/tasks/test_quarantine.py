"""What a person decides about who is in quarantine (L3.6)."""

from __future__ import annotations

import pytest

from models.errors import WrongUsage
from reports.status import in_quarantine
from tasks.quarantine import dismiss, release
from tests.factories import nightly, seen, statuses
from tests.tasks.test_renewals_due import AS_OF, past_the_intake, unpriced_club


@pytest.fixture
def waiting(store, tmp_path):
    """A member whose first period has no price before March."""
    unpriced_club(tmp_path)
    past_the_intake(store, "a", AS_OF)
    nightly(AS_OF)
    return store


def listed(store) -> list[str]:
    return [row["membership"] for row in in_quarantine(store)]


def decisions(store) -> list[tuple[str, str]]:
    rows = store.exec_driver_sql("SELECT decision, decided_by FROM tajdid.quarantine ORDER BY run_id")
    return [tuple(row) for row in rows]


def test_released_member_is_tried_again_by_the_next_run(waiting):
    release("a", "a price will come", "ops")
    assert listed(waiting) == []
    nightly("2028-03-01")
    assert listed(waiting) == ["a"]  # the cause was not mended: it waits again
    release("a", "the price is there", "ops")
    assert decisions(waiting) == [("a price will come", "ops"), ("the price is there", "ops")]


def test_dismissed_member_is_not_listed_and_not_billed(waiting):
    dismiss("a", "a test account", "ops")
    assert listed(waiting) == []
    nightly("2028-03-01")
    assert statuses()["a"] == "pending"
    assert seen("periods", "starts_on", membership="a") == []
    assert listed(waiting) == []


def test_dismissed_member_may_still_be_released(waiting):
    dismiss("a", "a test account", "ops")
    release("a", "it was none", "ops")
    assert decisions(waiting) == [("it was none", "ops")]
    nightly("2028-03-01")
    assert listed(waiting) == ["a"]


@pytest.mark.parametrize("decide", [release, dismiss])
def test_who_does_not_wait_cannot_be_decided_about(waiting, decide):
    with pytest.raises(WrongUsage, match="z is not in quarantine"):
        decide("z", "why not", "ops")


@pytest.mark.parametrize("decide", [release, dismiss])
def test_decision_needs_a_reason(waiting, decide):
    with pytest.raises(WrongUsage, match="The reason is empty"):
        decide("a", "  ", "ops")
    assert listed(waiting) == ["a"]
