"""Erasing a person: name, addresses and the like go, ids and figures stay, so that the books remain whole."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from models.customers import customers
from models.erasures import erasures
from models.errors import WrongUsage
from models.operations import rejects
from tasks.database import take_lock, transaction
from tasks.reasons import require_reason

ERASED_NAME = "–"
"""In the place of a name, which every customer has."""
PERSONAL = (
    "birth_date",
    "email",
    "phone",
    "whatsapp",
    "city",
    "address",
    "tags",
    "tax_number",
    "commercial_registration",
    "custom",
)
"""The columns that are emptied; company, kind, country, language and category tell of nobody."""


def erase(customer: str, reason: str, erased_by: str) -> bool:
    """Pseudonymise a customer for good; returns whether it was not before. Raises WrongUsage for an unknown one.

    Rows about it that were rejected lose their content, too; rows of later files are refused (`erased`).
    """
    require_reason(reason, customer)
    c, r = customers.c, rejects.c
    with transaction() as connection:
        take_lock(connection)
        gone = sa.update(customers).where(c.customer == customer).values(name=ERASED_NAME, **dict.fromkeys(PERSONAL))
        if not connection.execute(gone).rowcount:
            raise WrongUsage(f"Customer {customer} is not known; expected the id of one that was loaded.")
        about = (r.entity == "customers") & (r.record == customer)
        kept = {"content": sa.func.jsonb_build_object("customer", r.record), "message": "The customer was erased."}
        connection.execute(sa.update(rejects).where(about).values(kept))
        values = {"customer": customer, "reason": reason, "erased_by": erased_by}
        return connection.execute(insert(erasures).values(values).on_conflict_do_nothing()).rowcount == 1
