"""Which rows does intake have to refuse? A handful, so that the demo can show what a reject looks like."""

from models.demo.companies import KUWAIT, RIYADH, TEHRAN
from models.demo.rows import Row, row
from models.demo.setting import Setting


def deliberately_bad_payments(setting: Setting) -> list[Row]:
    """Five payments that are wrong in one way each; every other row of the demo is meant to get in."""
    year = setting.first_day.year
    faults: tuple[tuple[str, dict[str, object]], ...] = (
        ("no such customer", {"customer": f"{RIYADH.prefix}-C99999"}),
        ("three decimals in riyals", {"amount": "299.125"}),
        ("no such day", {"paid_on": f"{year}-02-30"}),
        ("thousands separators", {"customer": f"{TEHRAN.prefix}-C00001", "amount": "24,500,000", "currency": "IRR"}),
        ("four decimals in dinars", {"customer": f"{KUWAIT.prefix}-C00001", "amount": "38.5005", "currency": "KWD"}),
    )
    sound: dict[str, object] = {
        "customer": f"{RIYADH.prefix}-C00001",
        "amount": "299.00",
        "currency": "SAR",
        "paid_on": setting.middle,
        "method": "transfer",
    }
    return [
        row("payments", payment=f"BAD-P{number:03d}", reference=fault, **{**sound, **wrong})
        for number, (fault, wrong) in enumerate(faults, start=1)
    ]
