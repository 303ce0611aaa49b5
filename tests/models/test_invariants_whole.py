"""Is whatever somebody may do to a store found by the audit as a whole? What no single invariant claims for itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tasks.audit import breaks
from tests.factories import BUSY_ON, busy_club, day

TAMPERINGS = {
    "L1.3: a paid period begins a day after its boundary": (
        "UPDATE tajdid.periods SET starts_on = starts_on + 1 WHERE membership = 'paid'"
    ),
    "L3.2: the carried period of a started membership is gone": (
        "DELETE FROM tajdid.periods WHERE membership = 'carried'"
    ),
    "L3.3: the membership goes on from another boundary than its last period": (
        "UPDATE tajdid.memberships SET ordinal = ordinal + 1 WHERE membership = 'paid'"
    ),
    "L10: tax is booked as revenue": (
        "UPDATE tajdid.entries SET tax = 0, deferred_revenue = deferred_revenue + tax WHERE event = 'issue'"
    ),
    "L10: more cash is booked than was paid": (
        "UPDATE tajdid.entries SET cash = cash + 1, fee_income = fee_income - 1 WHERE event = 'payment'"
    ),
    "L10: an invoice is booked on another day": (
        "UPDATE tajdid.entries SET on_date = on_date - 1 WHERE event = 'issue'"
    ),
    "L10: a payment is booked by one company and owed by another": (
        "UPDATE tajdid.entries SET company = 'other' WHERE event = 'refund'"
    ),
}


@pytest.fixture(scope="module")
def standing(shared_database, tmp_path_factory) -> Iterator[sa.Connection]:
    with busy_club(shared_database, tmp_path_factory.mktemp("busy")) as store:
        yield store


@pytest.fixture
def busy(standing) -> Iterator[sa.Connection]:
    savepoint = standing.begin_nested()
    standing.exec_driver_sql("ALTER TABLE tajdid.invoices DISABLE TRIGGER documents_are_final")
    yield standing
    savepoint.rollback()


@pytest.mark.parametrize("done", TAMPERINGS)
def test_audit_finds(busy, done):
    assert busy.exec_driver_sql(TAMPERINGS[done]).rowcount > 0
    assert breaks(busy, day(BUSY_ON)) != []
