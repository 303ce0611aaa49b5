"""What tests of documents share: the store of two clubs after some days, made once a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.factories import busy_club


@pytest.fixture(scope="module")
def busy(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Connection]:
    with busy_club(shared_database, tmp_path_factory.mktemp("club")) as connection:
        yield connection
