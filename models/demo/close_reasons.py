"""Why do members leave? Each company's list of reasons, one of which only its staff may choose (L5.2)."""

from typing import NamedTuple

from models.demo.companies import Company
from models.demo.rows import Row, row


class CloseReason(NamedTuple):
    """A reason of a company's list."""

    code: str
    label: str
    customer_may_choose: bool = True


CLOSE_REASONS = {
    "himma": (
        CloseReason("price", "ارتفاع السعر"),
        CloseReason("moved", "الانتقال إلى حي أو مدينة أخرى"),
        CloseReason("health", "ظرف صحي"),
        CloseReason("no-time", "ضيق الوقت"),
        CloseReason("crowded", "ازدحام أوقات الذروة"),
        CloseReason("misconduct", "مخالفة لائحة النادي", customer_may_choose=False),
    ),
    "sepidar": (
        CloseReason("price", "هزینهٔ بالا"),
        CloseReason("goal-reached", "به هدفم رسیدم"),
        CloseReason("no-time", "کمبود وقت"),
        CloseReason("content", "نامناسب بودن محتوا برای سطح من"),
        CloseReason("other-platform", "استفاده از سکوی دیگر"),
        CloseReason("shared-account", "اشتراک‌گذاری حساب کاربری", customer_may_choose=False),
    ),
    "dhow": (
        CloseReason("price", "Too expensive"),
        CloseReason("leaving-kuwait", "Leaving Kuwait"),
        CloseReason("health", "Health reasons"),
        CloseReason("no-time", "Not enough time"),
        CloseReason("facilities", "Facilities did not suit me"),
        CloseReason("conduct", "Breach of the club's rules", customer_may_choose=False),
    ),
}
WRITTEN_REASONS = {
    "ar": ("تسجيل مكرر من مكتب الاستقبال", "بطلب من جهة العمل"),
    "fa": ("ثبت تکراری اشتراک", "درخواست سازمان طرف قرارداد"),
    "en": ("Registered twice at the front desk", "Employer ended the arrangement"),
}
"""What staff write where no reason of the list fits."""
FREE_WORDS = {
    "ar": "أريد التوقف فقط",
    "fa": "فقط می‌خواهم لغو کنم",
    "en": "I just want to stop",
}
"""What a customer writes who may not write anything."""


def codes_for(company: Company, *, customers: bool) -> tuple[str, ...]:
    """The reasons that customers may choose, or those that only staff may."""
    return tuple(reason.code for reason in CLOSE_REASONS[company.code] if reason.customer_may_choose is customers)


def close_reason_rows(company: Company) -> list[Row]:
    """The list as it stands in close_reasons.csv."""
    return [
        row(
            "close_reasons",
            company=company.code,
            reason=reason.code,
            label=reason.label,
            customer_may_choose=reason.customer_may_choose,
        )
        for reason in CLOSE_REASONS[company.code]
    ]
