"""How messages read: every kind in every language, whatever stands in a name, and whose words count."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.errors import BrokenTemplate
from models.messages import KINDS
from reports.company import Company, Wishes
from reports.messages.message import Message, Rendered
from reports.messages.rendering import render
from reports.messages.samples import SAMPLES, TODAY, check_templates, samples

COMPANY = Company(
    "himma", "واحة الهمّة", "Asia/Riyadh", "SAR", "ar", tax_number="310000000000003", point_value=Decimal("0.05")
)
PAYING = replace(COMPANY, wishes=Wishes(pay_url="https://pay.example/{invoice}"))
ISOLATE = re.compile("\u2068[^\u2068\u2069]*\u2069")
HOSTILE = "<script>alert(1)</script>\r\nBcc: eve@example.com\u202e"


def message(kind: str, language: str = "en", place: int = 0, *, name: str = "Sara", **facts: Any) -> Message:
    """A sample with other facts."""
    sample = samples(COMPANY, kind, language, name)[place]
    return replace(sample, facts=dict(sample.facts) | facts)


def reminder(days: int, language: str = "ar") -> Rendered:
    ends = TODAY + timedelta(days)
    return render(message("reminder", language, 1, period_ends_on=ends, renews=False), COMPANY)


@pytest.mark.parametrize("language", ["ar", "fa", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_reads_well_in_every_state(kind: str, language: str):
    """No placeholder is left, no value is unsaid, ids and amounts keep their direction."""
    for sample in samples(PAYING, kind, language, "Sara"):
        seen = render(sample, PAYING)
        for text in (seen.subject, seen.text, seen.html, seen.short):
            assert text.strip()
            assert not re.search(r"%\(|\{\{|\{%|\bNone\b|Undefined", text)
        assert "\n" not in seen.subject + seen.short
        assert f'dir="{"ltr" if language == "en" else "rtl"}"' in seen.html
        if language != "en":
            assert not re.search(r"[A-Z]{3}-\d{4}|\bSAR\b", bare(seen.subject) + bare(seen.short))
            assert not re.search(r"[A-Z]{3}-\d{4}|\bSAR\b|Monthly", bare(seen.text))
            assert not re.search(r">[^<]*([A-Z]{3}-\d{4}|\bSAR\b)", without_bdi(seen.html))


def bare(text: str) -> str:
    """A text without what is isolated in it, and without links."""
    return re.sub(r"https?://\S+", "", ISOLATE.sub("", text))


def without_bdi(html: str) -> str:
    body = html.partition("</title>")[2]
    return re.sub(r"<bdi[^>]*>[^<]*</bdi>|<style>.*?</style>", "", body, flags=re.DOTALL)


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_says_its_direction(kind: str):
    """As mail programs that drop the head need it."""
    for cell in re.findall(r"<td[^>]*>", render(message(kind, "ar"), PAYING).html):
        assert 'dir="rtl"' in cell
        assert 'align="' in cell


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_name_is_a_name(kind: str):
    seen = render(message(kind, name=HOSTILE, plan_name=HOSTILE, credit_name=HOSTILE), COMPANY)
    assert "<script" not in seen.html
    assert "\u202e" not in seen.html + seen.text + seen.subject + seen.short
    assert not re.search(r"[\r\n]", seen.subject + seen.short)
    assert not re.search(r"^Bcc:", seen.text, re.MULTILINE)
    assert "&lt;script&gt;" in seen.html


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (1, "يوم واحد"),
        (2, "يومان"),
        (3, "3 أيام"),
        (10, "10 أيام"),
        (11, "11 يومًا"),
        (100, "100 يوم"),
        (103, "103 أيام"),
    ],
)
def test_reminder_counts_days_as_arabic_does(days: int, said: str):
    """One has no figure, two is a form of its own, three to ten, eleven and more, a hundred."""
    seen = reminder(days)
    for text in (seen.subject, seen.text, seen.html, seen.short):
        assert said in text


def test_the_last_day_of_a_period_is_the_day_before_its_end():
    """L1.2: one day left is today."""
    assert "The last day of this period is 5 March 2028." in reminder(1, "en").short
    assert reminder(1, "en").subject == "1 day left of Monthly"


def test_money_has_the_decimals_of_its_currency_and_the_digits_of_the_company():
    kuwaiti = message("payment_received", amount=Decimal("12.5"), currency="KWD", unapplied=Decimal(0), paid=[])
    assert "12.500 KWD" in render(kuwaiti, COMPANY).subject
    persian = render(replace(kuwaiti, language="fa"), COMPANY)
    assert "۱۲٫۵۰۰ KWD" in persian.subject


def test_a_day_is_said_in_both_calendars_where_there_is_room():
    """Saudi Arabia: Gregorian first, Hijri beside it; not in a short line."""
    seen = render(message("invoice_issued", "ar"), COMPANY)
    assert "15 مارس 2028 (19 شوال 1449 هـ)" in seen.text
    assert "هـ" not in seen.short


def test_dunning_speaks_in_the_tone_of_its_level():
    """L8.3: friendly, firm, final; a fourth level is final, too."""
    first, second, third = (render(message("dunning", "en", place), COMPANY) for place in range(3))
    assert first.subject.startswith("A friendly reminder")
    assert second.subject.startswith("Overdue: please pay")
    assert third.subject.startswith("Final notice")
    assert render(message("dunning", "en", 2, level=4), COMPANY).subject == third.subject
    assert "Late payment fee" in second.text
    assert "140.00 SAR + 12.500 KWD" in third.subject


def test_who_was_erased_is_greeted_without_a_name():
    assert render(message("reminder", name=""), COMPANY).text.startswith("Hello,\n")
    assert render(message("reminder", "fa", name=""), COMPANY).text.startswith("با سلام،\n")


def test_invoice_that_was_settled_or_credited_by_the_same_night_asks_for_nothing():
    settled, void = (render(message("invoice_issued", place=place), PAYING) for place in (1, 2))
    for seen in (settled, void):
        assert "pay.example" not in seen.html + seen.text + seen.short
        assert "due" not in seen.subject
    assert "cancelled" in void.subject


def test_a_link_stands_only_where_the_company_has_one():
    paying, other = (render(message("invoice_issued"), company) for company in (PAYING, COMPANY))
    assert 'href="https://pay.example/HMA-2028-000042"' in paying.html
    assert paying.short.endswith(" https://pay.example/HMA-2028-000042")
    assert "http" not in other.text + other.short
    assert "href" not in other.html
    odd = replace(message("invoice_issued"), subject='A/1"2')
    assert 'href="https://pay.example/A%2F1%222"' in render(odd, PAYING).html


def test_a_fraction_of_a_point_is_not_lost():
    assert "1.5 points" in render(message("points_earned", place=1), COMPANY).subject


def test_documents_go_with_what_tells_of_them():
    found = {kind: render(message(kind), COMPANY).documents for kind in KINDS}
    assert found.pop("invoice_issued") == (("invoice", "HMA-2028-000042"),)
    assert found.pop("payment_received") == (("receipt", "P-90017"),)
    assert found.pop("dunning") == (("dunning", "cu-1042/2028-03-05"),)
    assert found.pop("closure_accepted") == (("credit_note", "HMA-2028-000060"),)
    assert set(found.values()) == {()}
    assert render(message("membership_expired", place=1), COMPANY).documents == (("credit_note", "HMA-2028-000060"),)


# A company's own words ------------------------------------------------------------------------------------------------


def with_templates(**templates: str) -> Company:
    """`dunning_html` stands for messages/dunning.html.j2."""
    return replace(COMPANY, templates={f"messages/{n.replace('_DOT_', '.')}.j2": text for n, text in templates.items()})


OWN = "{% extends layout %}{% block subject %}Ours: {{ about | own }}{% endblock %}"


def test_a_company_s_words_win_in_every_view_and_leave_the_other_kinds_alone():
    company = with_templates(reminder=OWN + "{% block body %}{{ say.paragraph('Hi <b>') }}{% endblock %}")
    seen = render(message("reminder"), company)
    assert seen.subject == "Ours: m-1042"
    assert "Hi &lt;b&gt;" in seen.html
    assert "Hi <b>" in seen.text
    assert render(message("freeze_started"), company) == render(message("freeze_started"), COMPANY)


def test_a_company_may_replace_one_view_only():
    company = with_templates(reminder_DOT_html="<p>{{ plan_name }}</p>")
    seen, ours = render(message("reminder"), company), render(message("reminder"), COMPANY)
    assert seen.html == "<p>Monthly</p>\n"
    assert (seen.subject, seen.text, seen.short) == (ours.subject, ours.text, ours.short)


def test_a_company_may_replace_what_all_kinds_share():
    company = with_templates(**{"layout_DOT_html": "<i>{% block body %}{% endblock %}</i>"})
    assert render(message("reminder"), company).html.startswith("<i>")


def test_a_level_of_dunning_may_have_a_template_of_its_own():
    """The name stands in `dunning_levels.template`; where the company has none of that name, ours speaks."""
    company = with_templates(firm=OWN)
    assert render(message("dunning", place=1), company).subject == "Ours: m-1042"
    assert render(message("dunning", place=2), company).subject.startswith("Final notice")


def test_a_level_that_is_called_as_a_kind_is_does_not_speak_its_words():
    company = with_templates(reminder=OWN)
    assert render(message("dunning", template="reminder"), company).subject.startswith("A friendly reminder")


@pytest.mark.parametrize(
    ("template", "line", "why"),
    [
        ("{% extends layout %}\n{% block subject %}{{ plan_nmae }}{% endblock %}", 2, "'plan_nmae' is undefined"),
        ("{% extends layout %}\n\n{% block subject %}{{ oops }", 3, "unexpected '}'"),
        ("{% include 'messages/nothing.j2' %}", 1, "there is no template 'messages/nothing.j2'"),
        ("{% extends layout %}\n{% block subject %}{{ (1 / 0) }}{% endblock %}", 2, "ZeroDivisionError"),
        (
            "{% extends layout %}\n{{ ''.__class__.__mro__ }}{% block subject %}{{ ''.__class__ }}{% endblock %}",
            2,
            "unsafe",
        ),
        ("{% extends layout %}", None, "it gives no subject"),
    ],
)
def test_a_broken_template_says_company_file_line_and_why(template: str, line: int | None, why: str):
    company = with_templates(reminder=template)
    with pytest.raises(BrokenTemplate) as broken:
        render(message("reminder", name="Zulaykha"), company)
    said = str(broken.value)
    assert "of company himma cannot be used" in said
    assert ("messages/reminder.j2, line " + str(line) if line else "messages/reminder.j2 ") in said
    assert why in said
    assert "Zulaykha" not in said


def test_what_is_undefined_is_blamed_on_the_file_that_says_it():
    """Our parts, which it hands the name to, are where it is missed."""
    body = "{% block body %}{{ say.paragraph(nmae) }}{% endblock %}"
    own = "{% extends layout %}\n{% block subject %}s{% endblock %}\n" + body
    with pytest.raises(BrokenTemplate) as broken:
        render(message("reminder"), with_templates(reminder=own))
    assert "messages/reminder.j2, line 3" in str(broken.value) and "parts" not in str(broken.value)


def test_an_error_names_no_one():
    """int('Zulaykha') says its argument; we do not."""
    company = with_templates(reminder=OWN.replace("about | own", "on_date.replace(year=name)"))
    with pytest.raises(BrokenTemplate) as broken:
        render(message("reminder", name="Zulaykha"), company)
    assert "Zulaykha" not in str(broken.value)
    assert broken.value.__cause__ is None


def test_a_block_that_no_layout_has_is_found():
    (told,) = check_templates(with_templates(reminder=OWN + "{% block bdoy %}Hello{% endblock %}"))
    assert "messages/reminder.j2, line" in told and "no layout has a block bdoy; expected one of: body, " in told


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ say.paragraf('x') }}", "has no attribute 'paragraf'"),
        ("{{ {'Ali Reza': 'VIP'}[name] }}", "UndefinedError"),
        ("{{ company[name] }}", "UndefinedError"),
        ("{% include name %}", "TemplateNotFound"),
        ("{{ company.nmae }}", "has no attribute 'nmae'"),
    ],
)
def test_an_error_quotes_the_template_and_never_a_customer(template: str, why: str):
    with pytest.raises(BrokenTemplate) as broken:
        render(message("reminder", name="Zulaykha Harb"), with_templates(reminder=template))
    assert why in str(broken.value) and "Zulaykha" not in str(broken.value)


# Before the night -----------------------------------------------------------------------------------------------------


def test_samples_speak_of_every_kind():
    assert set(SAMPLES) == set(KINDS)
    assert check_templates(COMPANY) == []


def test_every_mistake_is_found_before_the_night():
    """In a state that the first sample does not have, in a level's template; what is a part of others is not tried."""
    company = with_templates(
        reminder=OWN + "{% block body %}{% if not open %}{{ missing }}{% endif %}{% endblock %}",
        gentle=OWN + "{% block short %}{{ gone }}{% endblock %}",
        _part="{{ whatever }}",
    )
    found = check_templates(company)
    assert len(found) == 2
    assert any("messages/reminder.j2, line 1" in wrong and "'missing' is undefined" in wrong for wrong in found)
    assert any("messages/gentle.j2, line 1" in wrong and "'gone' is undefined" in wrong for wrong in found)
