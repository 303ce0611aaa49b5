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

_TEMPLATES = (".j2", ".typ")
_LOGOS: tuple[Literal["svg", "png"], ...] = ("svg", "png")


def companies_of_store(connection: sa.Connection, faulty: dict[str, str] | None = None) -> list[Company]:
    """Every company of the store, by its id, with what its folder says.

    One whose folder cannot be used raises WrongUsage; where `faulty` is given it is left out and told there, so that it
    stops none of the others.
    """
    names = ("company", "name", "timezone", "currency", "language", "tax_number", "commercial_registration")
    more = ("address", "email_from", "brand_color", "point_value")
    known = sa.select(*(companies.c[name] for name in names + more)).order_by(companies.c.company)
    found = []
    for row in connection.execute(known).mappings():
        try:
            found.append(_with_folder(row))
        except WrongUsage as wrong:
            if faulty is None:
                raise
            faulty[row["company"]] = str(wrong)
    return found


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
    files = sorted(path for path in root.rglob("*") if path.suffix in _TEMPLATES) if root.is_dir() else []
    return {path.relative_to(root).as_posix(): _text(path) for path in files}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise WrongUsage(f"{path} cannot be read: {wrong}. Save it as UTF-8 and run again.") from None
