"""What may a random file draw on? One seeded generator, the days of the story, the rows so far."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

from .files import Files, Row
from .money import money_text, to_minor

Option = TypeVar("Option")


@dataclass
class Draw:
    rng: Random
    first: date
    days: int
    files: Files

    def add(self, entity: str, **values: object) -> None:
        """Appends a row; every value as text, None as empty."""
        row: Row = {k: None if v is None else str(v) for k, v in values.items()}
        self.files.add(entity, row)

    def pick(self, *options: Option) -> Option:
        """One of some options; one given twice is twice as likely."""
        return self.rng.choice(options)

    def chance(self, share: float) -> bool:
        """True in a share of cases."""
        return self.rng.random() < share

    def day(self, earliest: int, latest: int) -> date:
        """A day so many days after the first business day."""
        return self.first + timedelta(days=self.rng.randint(earliest, latest))

    def decimal(self, least: int, most: int) -> Decimal:
        """An amount with three decimals."""
        return Decimal(self.rng.randint(least * 1000, most * 1000)) / 1000

    def find(self, entity: str, **values: str | None) -> Row:
        """The first row with these values."""
        for row in self.files.rows[entity]:
            if all(row[column] == value for column, value in values.items()):
                return row
        raise ValueError(f"No row of {entity} with {values}; expected one.")

    def invoice(self, company: str) -> str:
        """A number that an early invoice of a company may have."""
        prefix = self.find("companies", company=company)["invoice_prefix"]
        return f"{prefix}-{self.day(0, self.days).year}-{self.rng.randint(1, 40):06d}"


def amount_text(amount: Decimal, currency: str) -> str:
    """An amount with exactly the decimals of its currency."""
    return money_text(to_minor(amount, currency), currency)
