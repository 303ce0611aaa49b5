"""What the demo's members ask for: freezes, closures, renewals, as many as a real club's, and mostly to be granted."""

from collections import Counter
from datetime import date, timedelta

from tests.demo.facts import DEMO_DAYS, MEMBERS, Files, Row


def days_between(first: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(first)).days


def first_asked(rows: list[Row], key: str) -> dict[str, Row]:
    """Id -> the first row of it."""
    return {record[key]: record for record in reversed(rows)}


def test_requests_name_memberships_and_are_made_on_business_days(files: Files, plan_of: dict[str, Row]) -> None:
    for entity in ("freezes", "closures", "renewals"):
        for request in files[entity]:
            assert request["membership"] in plan_of
            assert request["requested_on"] in DEMO_DAYS, request
        assert files[entity]


def test_about_one_membership_in_twenty_freezes_mostly_within_the_limit(files: Files, plan_of: dict[str, Row]) -> None:
    """L4.1; who may not, or not for so long, asks all the same now and then."""
    asked = first_asked(files["freezes"], "freeze").values()
    verdicts = Counter[str]()
    for freeze in asked:
        most = plan_of[freeze["membership"]]["freeze_days_max"]
        first_day = max(freeze["requested_on"], freeze["starts_on"])
        length = days_between(first_day, freeze["resumes_on"])
        if length < 1:
            verdicts["empty"] += 1
        elif most == "0":
            verdicts["not allowed"] += 1
        else:
            verdicts["too long" if most and length > int(most) else "granted"] += 1
    assert 0.04 < verdicts["granted"] / MEMBERS < 0.06
    assert min(verdicts["empty"], verdicts["not allowed"], verdicts["too long"]) > 0
    assert verdicts["granted"] > len(asked) * 0.8


def test_a_freeze_is_changed_by_its_own_id_later_and_to_another_day(files: Files) -> None:
    """L4.4: everything else stays as it was."""
    first, changes = first_asked(files["freezes"], "freeze"), []
    for freeze in files["freezes"]:
        original = first[freeze["freeze"]]
        if freeze is not original:
            changes.append(days_between(original["resumes_on"], freeze["resumes_on"]))
            assert original["requested_on"] < freeze["requested_on"] <= freeze["resumes_on"]
            assert original | {column: freeze[column] for column in ("requested_on", "resumes_on")} == freeze
    assert 5 < len(changes) < len(first) / 4
    assert min(changes) < 0 < max(changes)
    assert 0 not in changes


def test_three_or_four_members_of_a_hundred_leave(files: Files, plan_of: dict[str, Row]) -> None:
    """L5: by themselves or by staff, now or at the period's end; for reasons of their company's list."""
    listed = {(reason["company"], reason["reason"]) for reason in files["close_reasons"]}
    closures = files["closures"]
    assert 0.028 < len({closure["membership"] for closure in closures}) / MEMBERS < 0.042
    combinations = Counter((closure["origin"], closure["effective"]) for closure in closures)
    assert min(combinations[origin, when] for origin in ("customer", "staff") for when in ("now", "period_end")) > 2
    for closure in closures:
        code = closure["reason_code"]
        assert not code or (plan_of[closure["membership"]]["company"], code) in listed


def test_some_closures_break_each_of_the_rules(files: Files, plan_of: dict[str, Row]) -> None:
    """L5.2: not_closable, unknown_reason, reason_text_not_allowed, reason_missing; together one in six at the most."""
    for_staff = {reason["reason"] for reason in files["close_reasons"] if reason["customer_may_choose"] == "false"}
    broken = Counter[str]()
    for closure in files["closures"]:
        code, text = closure["reason_code"], closure["reason_text"]
        if closure["origin"] == "staff":
            broken["reason_missing"] += not code and not text
        elif plan_of[closure["membership"]]["closable"] == "false":
            broken["not_closable"] += 1
        else:
            broken["unknown_reason"] += not code or code in for_staff
            broken["reason_text_not_allowed"] += bool(text)
    assert len(+broken) == 4
    assert broken.total() < len(files["closures"]) / 6


def test_those_who_do_not_renew_by_themselves_ask_for_it(files: Files, plan_of: dict[str, Row]) -> None:
    """L3.7; a few others do so in vain, and a few ask twice."""
    own_word = {membership["membership"]: membership["auto_renew"] for membership in files["memberships"]}
    by_itself = [
        request
        for request in files["renewals"]
        if (own_word[request["membership"]] or plan_of[request["membership"]]["auto_renew"]) == "true"
    ]
    assert 0 < len(by_itself) < len(files["renewals"]) * 0.1
    days = {(request["membership"], date.fromisoformat(request["requested_on"])) for request in files["renewals"]}
    assert 0 < sum((membership, day + timedelta(days=1)) in days for membership, day in days) < len(days) * 0.1
