"""Who bills in the demo: a gym in Riyadh, a learning platform in Tehran, a club in Kuwait City.

All three are invented; their addresses lie in the domains that RFC 2606 reserves, so no mail can reach a real company.
"""

from dataclasses import dataclass
from decimal import Decimal

from models.demo.rows import Row, row


@dataclass(frozen=True)
class Company:
    """A company with what its other records take from it: money, taxes, places, habits of paying."""

    code: str
    prefix: str
    name: str
    timezone: str
    currency: str
    decimals: int
    language: str
    calendar: str
    """In which its plans count months and years, unless a plan says otherwise (L1.4)."""
    tax_rate: Decimal
    tax_number: str
    commercial_registration: str
    address: str
    email_from: str
    brand_color: str
    point_value: Decimal
    share_percent: int
    country: str
    round_sum: Decimal
    """What people round a payment to, e.g. the next 10 riyals."""
    methods: tuple[tuple[str, int], ...]
    """Payment methods with their weights."""


RIYADH = Company(
    code="himma",
    prefix="HMA",
    name="نادي واحة الهمّة الرياضي",
    timezone="Asia/Riyadh",
    currency="SAR",
    decimals=2,
    language="ar",
    calendar="gregorian",
    tax_rate=Decimal("0.15"),
    tax_number="310000000000003",
    commercial_registration="1010000447",
    address="7421 شارع التخصصي، حي المحمدية، الرياض 12362، المملكة العربية السعودية",
    email_from="billing@himma-club.example",
    brand_color="#0F766E",
    point_value=Decimal("0.05"),
    share_percent=45,
    country="SA",
    round_sum=Decimal(10),
    methods=(("mada", 50), ("card", 20), ("transfer", 16), ("cash", 14)),
)
TEHRAN = Company(
    code="sepidar",
    prefix="SPD",
    name="سکوی یادگیری سپیدار",
    timezone="Asia/Tehran",
    currency="IRR",
    decimals=2,
    language="fa",
    calendar="jalali",
    tax_rate=Decimal("0.10"),
    tax_number="14000000447",
    commercial_registration="540447",
    address="تهران، خیابان ولیعصر، بالاتر از میدان ونک، پلاک ۲۴۷، واحد ۱۲",
    email_from="hesabdari@sepidar-learning.example",
    brand_color="#7C3AED",
    point_value=Decimal(1000),
    share_percent=30,
    country="IR",
    round_sum=Decimal(1_000_000),
    methods=(("shetab", 72), ("transfer", 18), ("card", 8), ("cash", 2)),
)
KUWAIT = Company(
    code="dhow",
    prefix="DHW",
    name="Dhow & Pearl Club",
    timezone="Asia/Kuwait",
    currency="KWD",
    decimals=3,
    language="en",
    calendar="gregorian",
    tax_rate=Decimal(0),
    tax_number="",
    commercial_registration="400447",
    address="Block 4, Arabian Gulf Street, Building 19, Sharq, Kuwait City 15000, Kuwait",
    email_from="accounts@dhow-pearl.example",
    brand_color="#1D4ED8",
    point_value=Decimal("0.005"),
    share_percent=25,
    country="KW",
    round_sum=Decimal(1),
    methods=(("knet", 55), ("card", 22), ("cash", 12), ("transfer", 11)),
)
COMPANIES = (RIYADH, TEHRAN, KUWAIT)


def company_row(company: Company) -> Row:
    """The company as it stands in companies.csv."""
    return row(
        "companies",
        company=company.code,
        name=company.name,
        timezone=company.timezone,
        currency=company.currency,
        language=company.language,
        tax_number=company.tax_number,
        commercial_registration=company.commercial_registration,
        address=company.address,
        email_from=company.email_from,
        brand_color=company.brand_color,
        invoice_prefix=company.prefix,
        point_value=company.point_value,
    )


def membership_count(company: Company, members: int) -> int:
    """How many of `members` memberships are this company's; the last one takes what rounding leaves."""
    if company is COMPANIES[-1]:
        return members - sum(members * other.share_percent // 100 for other in COMPANIES[:-1])
    return members * company.share_percent // 100
