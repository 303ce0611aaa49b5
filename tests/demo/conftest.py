"""The demo's files, made once for all tests that read them."""

import pytest

from models.demo import demo_files
from tests.demo.facts import DAYS, FIRST_DAY, MEMBERS, Files, Row


@pytest.fixture(scope="session")
def files() -> Files:
    return demo_files(first_day=FIRST_DAY, days=DAYS, members=MEMBERS)


@pytest.fixture(scope="session")
def plan_of(files: Files) -> dict[str, Row]:
    """Membership -> its plan."""
    plans = {plan["plan"]: plan for plan in files["plans"]}
    return {membership["membership"]: plans[membership["plan"]] for membership in files["memberships"]}
