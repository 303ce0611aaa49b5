"""Which rows do the intake files hold? Reads and writes the CSV files of intake.md, undecided.

A row is a dictionary from column to text, None where the file leaves it empty or has no column.
Entities come in the order of intake.md, which is the order in which a folder is loaded.
"""

import csv
from dataclasses import dataclass, field
from pathlib import Path

Row = dict[str, str | None]

COLUMNS: dict[str, tuple[str, ...]] = {
    entity: tuple(columns.split())
    for entity, columns in {
        "companies": "company name timezone currency language tax_number commercial_registration"
        " address email_from brand_color invoice_prefix point_value",
        "close_reasons": "company reason label customer_may_choose",
        "credit_types": "company credit_type name unit decimals",
        "plans": "plan company name interval_unit interval_count calendar currency tax_rate"
        " tax_included terms_days lead_days grace_days auto_renew closable freeze_days_max"
        " on_expiry reminder_days",
        "plan_prices": "plan effective_from price",
        "plan_credits": "plan credit_type quantity valid_days",
        "loyalty_rules": "rule company priority spend_amount points min_total category plan"
        " starts_on ends_on valid_days",
        "dunning_levels": "company level days_overdue fee template",
        "customers": "customer company kind name birth_date email phone whatsapp country city"
        " address language category tags tax_number commercial_registration joined_on"
        " dunning_blocked custom",
        "memberships": "membership customer plan started_on paid_until auto_renew quantity unit_price discount_percent",
        "payments": "payment customer invoice membership amount currency paid_on method reference",
        "refunds": "refund customer amount currency refunded_on reason",
        "freezes": "freeze membership requested_on starts_on resumes_on reason",
        "closures": "closure membership requested_on origin effective reason_code reason_text",
        "renewals": "renewal membership requested_on",
        "credit_charges": "charge customer credit_type quantity charged_on starts_on expires_on",
        "credit_usages": "usage customer credit_type quantity used_on membership note",
        "redemptions": "redemption customer points requested_on invoice membership",
    }.items()
}


@dataclass
class Files:
    """The rows of each entity, in the order of the files."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {entity: [] for entity in COLUMNS})

    def add(self, entity: str, row: Row) -> None:
        """Appends one row with every column of its entity; an unknown column is an error."""
        self.rows[entity].append(complete(entity, row))


def complete(entity: str, row: Row) -> Row:
    """The row with all columns of its entity, missing and empty ones None."""
    unknown = set(row) - set(COLUMNS[entity])
    if unknown:
        raise ValueError(f"{entity}: unknown columns {sorted(unknown)}; see intake.md")
    return {column: row.get(column) or None for column in COLUMNS[entity]}


def read_folder(path: Path) -> Files:
    """All `<entity>.csv` and `<entity>-anything.csv` files of a folder; a missing file is empty."""
    files = Files()
    for entity in COLUMNS:
        for name in sorted([*path.glob(f"{entity}.csv"), *path.glob(f"{entity}-*.csv")]):
            with name.open(encoding="utf-8-sig", newline="") as lines:
                for row in csv.DictReader(lines):
                    files.add(entity, dict(row))
    return files


def write_folder(files: Files, path: Path) -> None:
    """Writes one CSV file for each entity that has rows, in the manner of the given scenarios."""
    path.mkdir(parents=True, exist_ok=True)
    for entity, rows in files.rows.items():
        if rows:
            with (path / f"{entity}.csv").open("w", encoding="utf-8", newline="") as lines:
                writer = csv.DictWriter(lines, COLUMNS[entity], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
