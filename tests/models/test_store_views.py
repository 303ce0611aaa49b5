"""Do the published views have exactly the columns of contract.md, in its order, of the kinds that it promises?"""

from __future__ import annotations

import pytest

CONTRACT = {
    "memberships": "membership customer company plan status started_on period_starts_on period_ends_on paid_until"
    " grace_until auto_renew closed_on close_reason",
    "periods": "membership starts_on ends_on state invoice",
    "invoices": "invoice company customer membership kind period_starts_on period_ends_on issued_on due_on currency"
    " net tax total paid open status corrects",
    "payments": "payment customer currency amount paid_on allocated unapplied",
    "customer_credit": "customer currency amount",
    "lots": "customer credit_type source source_id quantity remaining starts_on expires_on",
    "movements": "customer credit_type kind quantity on_date source_id",
    "notices": "invoice level noticed_on fee_invoice",
    "messages": "message kind customer channel language on_date status",
    "rejects": "stage entity record reason message file line on_date",
    "postings": "company account currency on_date amount transaction source",
    "runs": "run flow as_of started_at finished_at state counts",
}
KINDS = {
    "numeric": {"net", "tax", "total", "paid", "open", "amount", "allocated", "unapplied", "quantity", "remaining"},
    "timestamp with time zone": {"started_at", "finished_at"},
    "jsonb": {"counts"},
    "boolean": {"auto_renew"},
}
"""Besides text, whole numbers, and dates, whose names end in `_on`, `_until`, or are `on_date` and `as_of`."""
COLUMNS = """
    SELECT column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'reporting' AND table_name = %s ORDER BY ordinal_position
"""


def columns(store, name: str) -> dict[str, str]:
    return {row.column_name: row.data_type for row in store.exec_driver_sql(COLUMNS, (name,))}


def test_schema_reporting_holds_the_views_of_the_contract_and_nothing_else(store):
    query = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'reporting'"
    assert dict(store.exec_driver_sql(query).all()) == dict.fromkeys(CONTRACT, "VIEW")


@pytest.mark.parametrize("name", CONTRACT)
def test_view_has_the_columns_of_the_contract_in_its_order(store, name):
    assert list(columns(store, name)) == CONTRACT[name].split()


@pytest.mark.parametrize("name", CONTRACT)
def test_money_is_numeric_and_days_are_dates(store, name):
    """contract.md: money is NUMERIC in major units."""
    for column, kind in columns(store, name).items():
        named = {expected for expected, names in KINDS.items() if column in names}
        days = {"date"} if column.endswith(("_on", "_until")) or column in ("on_date", "as_of") else set()
        assert kind in (named | days or {"text", "bigint", "smallint"}), column
