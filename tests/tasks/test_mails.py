"""A mail says who writes and to whom, and no name in it can be taken for more: headers, bytes, links to unsubscribe."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from models.errors import WrongUsage
from reports.company import Company, Wishes
from reports.messages.message import Attachment, Message, Rendered
from tasks.channels.channel import Parcel
from tasks.channels.mime import BadAddress, address, compose
from tasks.unsubscribing import link, read_token
from tests.factories import day
from tests.tasks import posting as p

CLUB = {"company": "club", "name": "Club", "timezone": "Asia/Riyadh", "currency": "SAR", "language": "ar"}
PAGE = "https://club.example/stop"


def company(**wishes) -> Company:
    return Company(**CLUB, email_from="billing@club.example", wishes=Wishes(**wishes))


def parcel(of: Company, *, kind: str = "reminder", name: str = "Amal", subject: str = "Hello", **more) -> Parcel:
    message = Message(1, "club", kind, "m1", "2028-03-28/7", "u1", name, "ar", day(p.DAY), {})
    rendered = Rendered(subject, more.pop("text", "text"), "<p>html</p>", "short")
    return Parcel(message, of, more.pop("to", "a@example.com"), p.NOON, rendered, **more)


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, EmailMessage, policy=policy.default)


def test_a_mail_names_its_company_its_customer_its_day_and_that_nobody_need_answer():
    mail = read(compose(parcel(company(reply_to="help@club.example"), subject="تذكير: ينتهي اشتراكك قريبًا " * 4)))
    assert mail["From"].addresses[0].addr_spec == "billing@club.example"
    assert str(mail["To"]) == "Amal <a@example.com>"
    assert str(mail["Reply-To"]) == "Club <help@club.example>"
    assert mail["Subject"] == ("تذكير: ينتهي اشتراكك قريبًا " * 4).strip()
    assert mail["Date"].datetime == p.NOON and mail["Date"].endswith("+0300")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@club.example>")
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_an_attachment_keeps_its_bytes_and_its_name():
    pdf = Attachment("فاتورة\r\n1.pdf", "application/pdf", b"%PDF-1.7\r\n\x00\xff")
    mail = read(compose(parcel(company(), attachments=(pdf,))))
    (found,) = mail.iter_attachments()
    assert (found.get_filename(), found.get_content()) == ("فاتورة 1.pdf", pdf.content)
    assert mail.get_body(("plain",)).get_content().split() == ["text"]


@pytest.mark.parametrize(
    "text", ["Amal\r\nBcc: all@example.com", "Amal\nX: y\n\nbody", "Amal\x0b\x85\u2028X: y", "\r\n"]
)
def test_a_name_or_subject_cannot_begin_a_header_of_its_own(text):
    content = compose(parcel(company(), name=text, subject=text))
    head = content.partition(b"\r\n\r\n")[0]
    names = {line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")}
    known = {b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted", b"MIME-Version", b"Content-Type"}
    assert names == known
    assert b"\nBcc" not in content and b"\nX:" not in content


def test_a_name_cannot_turn_the_direction_of_the_rest_nor_pretend_to_be_an_address():
    mail = read(
        compose(parcel(company(), name="\u202egpj.exe\u2066 <boss@bank.example>,", subject="\u202eabc\u2068m1\u2069"))
    )
    assert [one.addr_spec for one in mail["To"].addresses] == ["a@example.com"]
    assert mail["To"].addresses[0].display_name == "gpj.exe <boss@bank.example>,"
    assert mail["Subject"] == "abc\u2068m1\u2069"


@pytest.mark.parametrize(
    "wrong",
    ["", "a", "a@", "@b.example", "a b@c.example", "a@b.example, c@d.example", "a@b.example\r\nRCPT TO:<x@y.example>",
     "<a@b.example>", "a@b..example", ".a@b.example", "علي@b.example", "a@" + "x" * 70 + ".example"],
)  # fmt: skip
def test_what_is_no_address_is_given_to_no_server(wrong):
    with pytest.raises(BadAddress):
        address(wrong)


def test_a_domain_of_other_letters_is_written_in_ascii():
    assert address(" a@دامنه.example ") == "a@xn--mgbp1eef.example"


def test_a_line_with_a_dot_alone_and_long_lines_arrive_as_they_are():
    text = ".\n..\n" + "ب" * 2000 + "\n"
    assert (
        read(compose(parcel(company(), text=text))).get_body(("plain",)).get_content().splitlines() == text.splitlines()
    )


@pytest.mark.parametrize("page", [PAGE, f"{PAGE}?from=mail"])
@pytest.mark.parametrize("kind", ["reminder", "credits_expiring", "points_expiring"])
def test_reminders_can_be_unsubscribed_from_with_one_click(page, kind):
    """RFC 8058: both headers, https, and a token that names who wants no more of what."""
    with p.environment(TAJDID_UNSUBSCRIBE_KEY=p.KEY):
        content = compose(parcel(company(unsubscribe_url=page), kind=kind))
        url = read(content)["List-Unsubscribe"].strip("<>")
        assert f"List-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode() in content
        assert url.startswith(f"{page}{'&' if '?' in page else '?'}token=")
        assert read_token(url.partition("token=")[2]) == ("club", "u1", "reminders")


@pytest.mark.parametrize("kind", ["invoice_issued", "dunning", "payment_received", "closure_accepted"])
def test_what_a_customer_has_to_know_cannot_be_unsubscribed_from(kind):
    with p.environment(TAJDID_UNSUBSCRIBE_KEY=p.KEY):
        assert read(compose(parcel(company(unsubscribe_url=PAGE), kind=kind)))["List-Unsubscribe"] is None


def test_without_a_key_or_a_page_there_is_no_link():
    assert link(company(unsubscribe_url=PAGE), "u1") is None
    with p.environment(TAJDID_UNSUBSCRIBE_KEY=p.KEY):
        assert link(company(), "u1") is None


def test_a_token_that_was_changed_or_signed_with_another_key_is_refused():
    with p.environment(TAJDID_UNSUBSCRIBE_KEY=p.KEY):
        token = link(company(unsubscribe_url=PAGE), "u1").partition("token=")[2]
        other = link(company(unsubscribe_url=PAGE), "u2").partition("token=")[2]
        forged = f"{other.partition('.')[0]}.{token.partition('.')[2]}"
        for wrong in (forged, token[:-1], "", "x", "x.y", "."):
            with pytest.raises(WrongUsage):
                read_token(wrong)
    with p.environment(TAJDID_UNSUBSCRIBE_KEY="another"), pytest.raises(WrongUsage):
        read_token(token)
    with pytest.raises(WrongUsage):
        read_token(token)


@pytest.mark.parametrize(
    ("currency", "weekend"),
    [
        *((currency, {"friday", "saturday"}) for currency in ("SAR", "KWD", "BHD", "OMR", "QAR", "JOD", "IQD", "EGP")),
        ("AED", {"saturday", "sunday"}),
        ("IRR", {"friday"}),
        ("EUR", {"saturday", "sunday"}),
    ],
)
def test_the_weekend_is_that_of_the_country_unless_the_company_says_otherwise(currency, weekend):
    assert Company(**CLUB | {"currency": currency}).weekend == weekend
    assert Company(**CLUB | {"currency": currency}, wishes=Wishes(weekend=())).weekend == frozenset()


def test_a_mail_is_made_of_the_same_bytes_at_each_attempt():
    pdf = Attachment("1.pdf", "application/pdf", b"%PDF")
    one, again = (compose(parcel(company(), attachments=(pdf,))) for _ in range(2))
    assert one == again
