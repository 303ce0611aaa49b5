"""Companies with what their folders say (TAJDID_COMPANIES/<company>): wishes, logo, templates. Writes nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from pydantic import ValidationError

from models.companies import companies
from models.errors import WrongUsage
from reports.company import Company, Logo, Wishes
from tasks.settings import settings

_LOGOS: tuple[Literal["svg", "png"], ...] = ("svg", "png")


def companies_of_store(connection: sa.Connection) -> list[Company]:
    """Every company of the store, by its id, with what its folder says."""
    names = ("company", "name", "timezone", "currency", "language", "tax_number", "commercial_registration")
    more = ("address", "email_from", "brand_color", "point_value")
    known = sa.select(*(companies.c[name] for name in names + more)).order_by(companies.c.company)
    return [_with_folder(row) for row in connection.execute(known).mappings()]


def _with_folder(row: sa.RowMapping) -> Company:
    folder = settings().companies_folder / row["company"]
    fonts = folder / "fonts"
    return Company(
        **row,
        wishes=_wishes(folder),
        logo=_logo(folder),
        templates=_templates(folder),
        fonts=fonts if fonts.is_dir() else None,
    )


def _wishes(folder: Path) -> Wishes:
    path = folder / "company.toml"
    if not path.is_file():
        return Wishes()
    try:
        return Wishes.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise WrongUsage(f"{path} cannot be read: {wrong}. Correct it and run again.") from None
    except ValidationError as wrong:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))} is {e['input']!r}: {e['msg']}" for e in wrong.errors())
        raise WrongUsage(f"{path} is not usable. {said}. Correct it and run again.") from None


def _logo(folder: Path) -> Logo | None:
    for kind in _LOGOS:
        path = folder / f"logo.{kind}"
        if path.is_file():
            return Logo(path.read_bytes(), kind)
    return None


def _templates(folder: Path) -> dict[str, str]:
    root = folder / "templates"
    files = sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else []
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in files}
