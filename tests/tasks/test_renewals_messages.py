"""Who is told of an invoice, by which channel and in which language? (L3.6; `letter` where nothing else is known)"""

from __future__ import annotations

from tests.factories import club, nightly, seen

AS_OF = "2028-02-29"


def test_each_invoice_is_told_of_once(store, tmp_path):
    """L3.6: one message an invoice, to its customer, on its day; a repeated day writes no second one."""
    club(
        tmp_path,
        plan={"grace_days": "", "interval_unit": "day"},
        memberships=[{"customer": "u1", "started_on": "2028-02-28"}, {"customer": "u2", "started_on": AS_OF}],
    )
    nightly(AS_OF)
    nightly(AS_OF, "2028-03-01")
    assert seen("messages", "customer on_date kind status") == [
        ("u1", AS_OF, "invoice_issued", "queued"),
        ("u1", AS_OF, "invoice_issued", "queued"),
        ("u1", "2028-03-01", "invoice_issued", "queued"),
        ("u2", AS_OF, "invoice_issued", "queued"),
        ("u2", "2028-03-01", "invoice_issued", "queued"),
    ]
    assert len(seen("invoices", "invoice")) == 5


def test_message_goes_by_the_best_channel_that_the_customer_has(store, tmp_path):
    """email, else whatsapp, else sms, else letter."""
    everything = {"email": "a@example.com", "whatsapp": "+966500000001", "phone": "+966500000002"}
    customers = {
        "all": everything,
        "no email": everything | {"email": ""},
        "phone only": {"phone": "+966500000002"},
        "whatsapp only": {"whatsapp": "+966500000001"},
        "none": {},
    }
    club(
        tmp_path,
        customers=[{"customer": name} | row for name, row in customers.items()],
        memberships=[{"membership": name, "customer": name, "started_on": AS_OF} for name in customers],
    )
    nightly(AS_OF)
    assert dict(seen("messages", "customer channel")) == {
        "all": "email",
        "no email": "whatsapp",
        "whatsapp only": "whatsapp",
        "phone only": "sms",
        "none": "letter",
    }


def test_message_is_in_the_customers_language_else_in_the_companys(store, tmp_path):
    """L3.6; a company without a language writes English."""
    languages = {"arabic": "ar", "persian": "fa", "english": ""}
    choices = {"own": "fa", "empty": ""}
    club(
        tmp_path,
        companies=[{"company": name, "language": language} for name, language in languages.items()],
        plans=[{"plan": name, "company": name} for name in languages],
        customers=[
            {"customer": f"{name} {said}", "company": name, "language": language}
            for name in languages
            for said, language in choices.items()
        ],
        memberships=[
            {"membership": f"{name} {said}", "customer": f"{name} {said}", "plan": name, "started_on": AS_OF}
            for name in languages
            for said in choices
        ],
    )
    nightly(AS_OF)
    assert dict(seen("messages", "customer language")) == {
        "arabic own": "fa",
        "arabic empty": "ar",
        "persian own": "fa",
        "persian empty": "fa",
        "english own": "fa",
        "english empty": "en",
    }


def test_credit_note_and_carried_period_are_not_told_of(store, tmp_path):
    """L3.2, L3.5: only what is to be paid is announced."""
    carried = {"membership": "carried", "started_on": "2028-02-01", "paid_until": "2028-04-01"}
    club(tmp_path, plan={"grace_days": 1}, memberships=[carried, {"membership": "lapses", "started_on": AS_OF}])
    nightly(AS_OF, "2028-03-01")
    assert seen("invoices", "kind") == [("credit_note",), ("membership",)]
    assert seen("messages", "kind on_date") == [("invoice_issued", AS_OF), ("membership_expired", "2028-03-01")]
