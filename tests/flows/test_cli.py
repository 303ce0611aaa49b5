"""The command line keeps to contract.md: words, exit codes, one readable line for an error, no secret shown."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows import cli, show
from flows.recipe import FLOWS
from tasks import schema
from tasks.settings import settings
from tests.conftest import use_database
from tests.support import load_rows, view

CORE = Path(__file__).parents[1] / "scenarios" / "core" / "in"


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(show.console, "_width", 200)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


@pytest.fixture
def tajdid(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a command; returns exit code, standard output, standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tajdid", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_intake_prints_loaded_unchanged_and_rejected_for_each_file(own_database, tajdid):
    code, out, _ = tajdid("intake", str(CORE))
    assert code == 0
    assert "payments.csv: 81 loaded, 0 unchanged, 0 rejected" in out
    _, out, _ = tajdid("intake", str(CORE / "payments.csv"), str(CORE / "plans.csv"))
    assert out.splitlines() == [
        "plans.csv: 0 loaded, 14 unchanged, 0 rejected",
        "payments.csv: 0 loaded, 81 unchanged, 0 rejected",
    ]


def test_unreadable_file_is_refused_with_exit_code_2(own_database, tajdid, tmp_path):
    (tmp_path / "plans.csv").write_text("plan,compny\n", encoding="utf-8")
    code, _, err = tajdid("intake", str(tmp_path / "plans.csv"))
    assert code == 2
    assert "unknown columns: compny" in err and "Traceback" not in err


def test_missing_path_is_wrong_usage(own_database, tajdid, tmp_path):
    code, _, err = tajdid("intake", str(tmp_path / "nowhere"))
    assert code == 2
    assert "nowhere does not exist" in err


def test_nightly_runs_the_day_and_the_missed_days_before_it(own_database, tajdid):
    tajdid("intake", str(CORE))
    code, out, _ = tajdid("nightly", "--as-of", "2027-12-27")
    assert code == 0
    assert "nightly 2027-12-27, run " in out
    code, out, _ = tajdid("nightly", "--as-of", "2027-12-30")
    assert [line[:10] for line in out.splitlines()[:2]] == ["2027-12-28", "2027-12-29"]
    assert {str(run["as_of"]) for run in view("runs") if run["flow"] == "nightly"} == {
        f"2027-12-{day}" for day in (27, 28, 29, 30)
    }


def test_repeated_day_says_that_nothing_was_due(own_database, tajdid):
    tajdid("intake", str(CORE))
    tajdid("nightly", "--as-of", "2027-12-27")
    code, out, _ = tajdid("nightly", "--as-of", "2027-12-27")
    assert code == 0
    assert "Nothing was due: " in out


def test_closed_day_is_refused_naming_both_dates(own_database, tajdid):
    tajdid("nightly", "--as-of", "2027-12-27")
    code, _, err = tajdid("nightly", "--as-of", "2027-12-26")
    assert code == 2
    assert "2027-12-26" in err and "2027-12-27" in err


def test_dry_run_shows_the_day_and_keeps_nothing(own_database, tajdid):
    tajdid("intake", str(CORE))
    code, out, _ = tajdid("nightly", "--as-of", "2027-12-27", "--dry-run")
    assert code == 0
    assert "rolled back" in out and "invoiced" in out
    assert view("invoices") == [] and view("runs") == []


@pytest.mark.parametrize("flow", FLOWS)
def test_each_flow_runs_alone(own_database, tajdid, flow):
    code, out, _ = tajdid("run", flow, "--as-of", "2027-12-27")
    assert code == 0
    assert f"{flow} 2027-12-27, run " in out


@pytest.mark.parametrize(
    "words",
    [("run", "nothing"), ("nightly", "--as-of", "27.12.2027"), ("nightly", "--as-of", "2027-02-30"), ("perhaps",)],
)
def test_wrong_usage_is_exit_code_2(own_database, tajdid, words):
    code, _, err = tajdid(*words)
    assert code == 2
    assert "Traceback" not in err


def test_audit_lists_what_is_broken_with_exit_code_3(own_database, tajdid):
    tajdid("intake", str(CORE))
    tajdid("nightly", "--as-of", "2027-12-27")
    assert tajdid("audit", "--as-of", "2027-12-27")[0] == 0
    engine = sa.create_engine(own_database)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE tajdid.memberships SET paid_until = paid_until + 1 WHERE status = 'grace'"))
    engine.dispose()
    code, out, err = tajdid("audit", "--as-of", "2027-12-27")
    assert code == 3
    assert "standing_unlike_periods" in out and "m00009-1" in out and "broken rows" in err
    code, _, err = tajdid("nightly", "--as-of", "2027-12-28")
    assert code == 3
    assert "m00009-1" in err


def test_explain_tells_the_story_of_a_membership(own_database, tajdid):
    tajdid("intake", str(CORE))
    tajdid("nightly", "--as-of", "2027-12-27")
    code, out, _ = tajdid("explain", "m00010-0", "--on", "2027-12-27")
    assert code == 0
    assert "active: paid until 24 March 2028 (L3.4)" in out
    assert "Payment p000049 meets, as unapplied credit, KWT-2027-000003: 772.443 KWD" in out
    code, _, err = tajdid("explain", "nobody")
    assert code == 2
    assert "Membership nobody is not known" in err


def test_backfill_rehearses_then_does_the_days_and_is_not_done_twice(own_database, tajdid):
    tajdid("intake", str(CORE))
    tajdid("nightly", "--as-of", "2027-12-27")
    words = ("backfill", "nightly", "--from", "2027-12-28", "--to", "2027-12-30", "--reason", "no power")
    code, out, _ = tajdid(*words, "--dry-run")
    assert code == 0 and "Dress rehearsal of 3 days, rolled back:" in out and "The backfill" not in out
    code, out, _ = tajdid(*words)
    assert code == 0 and out.splitlines()[-1] == "The backfill is completed."
    assert [line.split()[0] for line in out.splitlines()[-4:-1]] == ["2027-12-28", "2027-12-29", "2027-12-30"]
    code, out, _ = tajdid(*words)
    assert code == 0 and "nothing is left to do" in out
    code, _, err = tajdid("backfill", "nightly", "--from", "2027-12-28", "--to", "2027-12-31", "--reason", "more")
    assert code == 2 and "2027-12-28 is refused: 2027-12-30 has already been run" in err


def test_backfill_of_an_unknown_flow_is_wrong_usage(own_database, tajdid):
    code, _, err = tajdid("backfill", "moon", "--from", "2028-01-01", "--to", "2028-01-02", "--reason", "x")
    assert code == 2 and "FLOW is moon; expected one of: nightly, payments" in err


def test_status_counts_days_rejects_and_messages(own_database, tajdid, tmp_path):
    tajdid("intake", str(CORE))
    load_rows(tmp_path / "more", {"payments": [{"payment": "x1", "customer": "ghost", "amount": 1, "currency": "SAR"}]})
    tajdid("nightly", "--as-of", "2027-12-27")
    code, out, _ = tajdid("status")
    assert code == 0
    assert "Last completed business day: 2027-12-27" in out
    assert "missing_value" in out
    assert Counter(row["kind"] for row in view("messages")) == {
        "invoice_issued": 9,
        "payment_received": 3,
        "reminder": 3,
    }
    assert "Undelivered messages: 15." in out


def test_status_of_a_store_without_days_says_so(own_database, tajdid):
    assert "No nightly run has completed yet." in tajdid("status")[1]


def test_db_upgrade_is_safe_to_repeat(own_database, tajdid):
    code, out, _ = tajdid("db", "upgrade")
    assert (code, out.strip()) == (0, f"The store is at revision {schema.head()} already.")


def test_store_without_schema_says_what_to_do(server_url, own_database, tajdid):
    engine = sa.create_engine(own_database)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA reporting CASCADE"))
        connection.execute(sa.text("DROP SCHEMA tajdid CASCADE"))
    engine.dispose()
    code, _, err = tajdid("nightly")
    assert code == 1
    assert "Run: tajdid db upgrade" in err
    assert "(was empty)" in tajdid("db", "upgrade")[1]


def test_server_that_is_down_gives_one_sentence_without_the_password(own_database, tajdid):
    use_database("postgresql+psycopg2://finance:hunter2@127.0.0.1:1/club")
    code, out, err = tajdid("status")
    use_database(own_database)
    assert code == 1
    assert "cannot be reached" in err and "hunter2" not in out + err and "Traceback" not in err


def test_wrong_variable_gives_one_sentence_without_its_value(tajdid, monkeypatch, own_database):
    use_database("mysql://finance:hunter2@db/club")
    code, out, err = tajdid("status")
    use_database(own_database)
    assert code == 2
    assert "TAJDID_DATABASE_URL" in err and "hunter2" not in out + err


def test_runner_that_nobody_answers_for_is_said_before_the_day_begins(own_database, tajdid, monkeypatch):
    for address, says in {"nonsense": "expected one such as tcp://", "tcp://127.0.0.1:9": "nobody answers"}.items():
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TAJDID_RUNNER", "dask")
            elsewhere.setenv("TAJDID_RUNNER_ADDRESS", address)
            settings.cache_clear()
            code, _, err = tajdid("nightly", "--as-of", "2027-12-27")
            assert code == 2 and f"TAJDID_RUNNER_ADDRESS is {address}" in err and says in err
            assert tajdid("nightly", "--as-of", "2027-12-27", "--dry-run")[0] == 0  # needs no workers
        settings.cache_clear()


@pytest.mark.parametrize("url", ["ftp://user:geheim@host", "smtp://user:geheim/1@host", "smtp://user:x@host:geheim"])
def test_wrong_setting_is_said_with_its_value_and_no_secret(own_database, tajdid, monkeypatch, url: str):
    with monkeypatch.context() as wrong:
        wrong.setenv("TAJDID_RUNNER", "foo")
        wrong.setenv("TAJDID_SMTP_URL", url)
        wrong.setenv("TAJDID_OUT", "~nobodyknows/x")
        settings.cache_clear()
        code, _, err = tajdid("status")
    settings.cache_clear()
    assert (
        code == 2
        and "TAJDID_RUNNER is foo" in err
        and "TAJDID_SMTP_URL: " in err
        and "TAJDID_OUT is ~nobodyknows/x" in err
        and "geheim" not in err
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("report", "aging", "--as-of", "2026-02-30"), "'2026-02-30' is no day; expected one as YYYY-MM-DD. See: "),
        (("report",), "Missing argument 'NAME'. See: "),
        (("nope",), "No such command 'nope'. See: "),
        (
            ("backfill", "reports", "--from", "1405-09-01", "--to", "1405-09-02", "--reason", "x"),
            "The date is 1405-09-01",
        ),
    ],
)
def test_words_that_are_no_command_are_one_readable_line(tajdid, words, said):
    code, _, err = tajdid(*words)
    assert code == 2 and said in err and err.strip().count("\n") == 0


def test_no_words_show_the_help(tajdid):
    code, out, err = tajdid("messages")
    assert code == 2 and "Usage" in out + err
