"""The one MetaData and the few column shapes that every table shares.

Ids are the external ones of the intake files, compared byte by byte (collation C), so that an order "by id" (L6.1) is
the same on every server. Money is an integer number of the currency's minor units (L2.4).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

SCHEMA = "tajdid"

metadata = sa.MetaData(
    schema=SCHEMA,
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)

Id = sa.Text(collation="C")
"""An external id, or an invoice number."""


def id_column(name: str, *args: Any, **kwargs: Any) -> sa.Column[str]:
    """A column holding an external id; NOT NULL unless said otherwise."""
    kwargs.setdefault("nullable", False)
    return sa.Column(name, Id, *args, **kwargs)


def reference(name: str, target: str, **kwargs: Any) -> sa.Column[str]:
    """A foreign key to `table.column` of our schema; NOT NULL unless said otherwise."""
    return id_column(name, sa.ForeignKey(f"{SCHEMA}.{target}"), **kwargs)


def required(name: str, type_: Any, *args: Any, **kwargs: Any) -> sa.Column[Any]:
    """A NOT NULL column."""
    return sa.Column(name, type_, *args, nullable=False, **kwargs)


def minor(name: str, **kwargs: Any) -> sa.Column[int]:
    """An amount in minor units of the row's currency; NOT NULL unless said otherwise."""
    kwargs.setdefault("nullable", False)
    return sa.Column(name, sa.BigInteger, **kwargs)


def one_of(column: str, *values: str) -> sa.CheckConstraint:
    """CHECK that `column` is one of the words that the rule book knows."""
    words = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=f"{column}_known")


def written_by() -> sa.Column[int]:
    """The run that wrote the row (house rule 4); no foreign key, because it would be checked once per row."""
    return sa.Column("run_id", sa.BigInteger, nullable=False)
