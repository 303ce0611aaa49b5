"""The repairs of docs/backfill.md, followed word for word, end where a store ends to which nothing happened."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows import cli
from models.metadata import SCHEMA
from tasks import database, dunning
from tests import processes as p
from tests.conftest import use_database
from tests.factories import arrive, club, seen
from tests.oracle.random_files import random_files, write_folder
from tests.support import load_folder, run_daily, view, write_rows

GUIDE = (Path(__file__).parents[2] / "docs" / "backfill.md").read_text(encoding="utf-8")
FIRST = date(2028, 2, 28)
Tajdid = Callable[[list[str]], int]
Calm = Callable[[Callable[[], object]], p.State]


def commands_of(title: str) -> list[str]:
    """The commands of a section of the guide."""
    section = GUIDE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    block = re.search(r"```\n(.*?)```", section, re.DOTALL)
    assert block, title
    return block.group(1).splitlines()


@pytest.fixture
def tajdid(monkeypatch: pytest.MonkeyPatch) -> Tajdid:
    """Run one command as it stands; returns its exit code."""
    monkeypatch.delenv("PREFECT_API_URL")

    def run(words: list[str]) -> int:
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return run


def follow(title: str, tajdid: Tajdid, **names: str) -> None:
    """Give the commands of a section, with what the guide says to put for its names."""
    for command in commands_of(title):
        words = [names.get(word, word) for word in shlex.split(command)]
        assert tajdid(words) == 0, command


@pytest.fixture
def calm(own_database: str, server_url: str, template: str) -> Calm:
    """What a story leaves in a store to which nothing happened; a store of the test's own waits for what did happen."""

    def undisturbed(story: Callable[[], object]) -> p.State:
        with p.copied(server_url, template, "tajdid_calm"):
            story()
            left = p.state()
        use_database(own_database)
        return left

    return undisturbed


def test_three_days_without_power(tmp_path: Path, tajdid: Tajdid, calm: Calm):
    def store() -> None:
        write_folder(random_files(11, full=True, customers=12, days=30, first=FIRST), tmp_path)
        load_folder(tmp_path)

    last = date(2028, 3, 4)
    in_time = calm(lambda: (store(), run_daily(FIRST, last)))
    store()
    run_daily(FIRST, date(2028, 3, 1))
    follow("Three days without power", tajdid)
    p.assert_same(p.state(), in_time)
    p.assert_sound(last)


def test_a_week_in_which_dunning_failed(tmp_path: Path, tajdid: Tajdid, calm: Calm, monkeypatch: pytest.MonkeyPatch):
    levels = [{"days_overdue": 2, "fee": 0, "template": "kind"}, {"days_overdue": 6, "fee": 10, "template": "firm"}]
    members = [{"customer": f"u{n}", "started_on": f"2028-02-{28 + n % 2}"} for n in range(4)]

    def store() -> None:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        club(folder, plan={"terms_days": 5, "grace_days": 20}, dunning_levels=levels, memberships=members)

    last = date(2028, 3, 12)
    in_time = calm(lambda: (store(), run_daily(FIRST, last)))
    assert in_time["notices"].total() == 2 * len(members)
    store()
    run_daily(FIRST, date(2028, 3, 5))
    with monkeypatch.context() as broken:
        broken.setattr(dunning, "due_notices", lambda scope: 1 / 0)
        for n in range(7):
            assert tajdid(["tajdid", "nightly", "--as-of", f"{date(2028, 3, 6) + timedelta(n)}"]) == 1
    assert view("notices") == []
    follow("A week in which dunning failed", tajdid)
    p.assert_same(p.state(), in_time)
    p.assert_sound(last)


def test_a_plan_with_a_wrong_price(tmp_path: Path, tajdid: Tajdid, calm: Calm, monkeypatch: pytest.MonkeyPatch):
    debts: list[object] = []
    meant = calm(lambda: (_raised(tmp_path / "meant", 100), debts.extend(owed())))
    _raised(tmp_path / "typed", 10000)
    assert len(owed()) == len(debts) and owed() != debts
    write_rows(tmp_path / "corrected", {"plan_prices": [RISE | {"price": 100}]})
    monkeypatch.chdir(tmp_path)
    follow("A plan with a wrong price", tajdid, RENEWALS_RUN=str(renewals_of(date(2028, 3, 15))))
    for name in ("memberships", "customer_credit", "notices"):
        assert p.state()[name] == meant[name], name
    assert owed() == debts
    assert len(view("invoices")) == meant["invoices"].total() + 2, "the wrong invoice and its credit note stay"


RISE = {"plan": "gym", "effective_from": "2028-03-15"}


def _raised(folder: Path, price: int) -> None:
    """A club whose price rises on 15 March, to what was meant or to what was typed; that night bills by it."""
    folder.mkdir()
    members = [{"customer": f"u{n}", "started_on": f"2028-02-{13 + n}"} for n in range(5)]
    paid = [{"customer": "u2", "amount": "153.50", "paid_on": "2028-02-16"}]  # with 50.00 left for what follows
    club(folder, plan={"price": 90, "grace_days": 40, "terms_days": 40}, memberships=members, payments=paid)
    run_daily(date(2028, 2, 13), date(2028, 3, 14))
    arrive(folder, plan_prices=[RISE | {"price": price}])
    run_daily(date(2028, 3, 15), date(2028, 3, 15))


def owed() -> list[tuple[str, ...]]:
    """What is owed, by membership and period."""
    return seen("invoices", "membership period_starts_on open", status="open")


def renewals_of(day: date) -> int:
    """The part of a nightly that the guide says to look for."""
    query = sa.text(f"SELECT run_id FROM {SCHEMA}.runs WHERE flow = 'renewals' AND as_of = :day")
    with database.transaction() as connection:
        return int(connection.execute(query, {"day": day}).scalar_one())
