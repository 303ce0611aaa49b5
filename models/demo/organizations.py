"""Which invented firms, schools and clinics buy seats for their people? Drawn from parts, so that no real one is named.

Names may repeat in a very large demo; ids, addresses and tax numbers do not.
"""

from random import Random

from models.demo.companies import Company

_PARTS: dict[str, tuple[str, str, str]] = {
    "ar": (
        "شركة {name} {field}|مؤسسة {name} {field}|مجموعة {name} {field}",
        "أفق الغد|واحة نجد|ركائز|درة اليمامة|سواعد|منارة الصحراء|قمم طويق|ضفاف الوادي|سنابل الخير|رؤى المدينة",
        "للتقنية|للمقاولات|للاستشارات الهندسية|للخدمات اللوجستية|للتعليم|للرعاية الصحية|للتجارة",
    ),
    "fa": (
        "شرکت {field} {name}|گروه {field} {name}|مؤسسهٔ {field} {name}",
        "سپهر نوین|آوای البرز|پرتو مهر|رایان کویر|آفاق زاگرس|ستارهٔ خلیج فارس|نگین دماوند|پویش فردا|کاوش‌گران",
        "مهندسی|دانش‌بنیان|بازرگانی|فناوری اطلاعات|آموزشی|حمل‌ونقل|داده‌پردازی",
    ),
    "en": (
        "{name} {field} Co. W.L.L.|{name} {field} Group|{name} {field} K.S.C.C.",
        "Blue Dhow|Failaka|Silver Palm|Desert Lark|North Jetty|Green Island|Old Souk|Sandgrouse|Boom & Anchor",
        "Trading|Engineering|Logistics|Medical|Contracting|Consulting|Technical Services",
    ),
}
TAX_NUMBERS = {"SA": "3{:013d}3", "IR": "14{:09d}", "KW": ""}
"""Fifteen digits beginning and ending with 3 in Saudi Arabia, eleven in Iran, none in Kuwait."""
REGISTRATIONS = {"SA": "10{:08d}", "IR": "{:06d}", "KW": "4{:05d}"}


def organization_name(company: Company, chance: Random) -> str:
    """The name of a corporate customer, in the company's language."""
    forms, names, fields = (part.split("|") for part in _PARTS[company.language])
    return chance.choice(forms).format(name=chance.choice(names), field=chance.choice(fields))
