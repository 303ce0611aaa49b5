"""Companies with what their folders say (TAJDID_COMPANIES/<company>): wishes, logo, templates. Writes nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import sqlalchemy as sa
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from models.companies import companies
from models.dunning import dunning_levels
from models.errors import WrongUsage
from reports.company import Company, Logo, Wishes, safe_name
from reports.overriding import is_used
from tasks.settings import settings

_TEMPLATES = (".j2", ".typ")
_FONTS = (".ttf", ".otf", ".ttc", ".otc")
_READ = ("company.toml", "logo.svg", "logo.png", "fonts", "templates")
_LOGOS: tuple[Literal["svg", "png"], ...] = ("svg", "png")


def companies_of_store(connection: sa.Connection, faulty: dict[str, str] | None = None) -> list[Company]:
    """Every company of the store, by its id, with what its folder says.

    One whose folder cannot be used raises WrongUsage; where `faulty` is given it is left out and told there, so that it
    stops none of the others.
    """
    root = _root()
    names = ("company", "name", "timezone", "currency", "language", "tax_number", "commercial_registration")
    more = ("address", "email_from", "brand_color", "point_value")
    known = sa.select(*(companies.c[name] for name in names + more)).order_by(companies.c.company)
    found = []
    for row in connection.execute(known).mappings():
        try:
            found.append(_with_folder(row, root / safe_name(row["company"])))
        except WrongUsage as wrong:
            if faulty is None:
                raise
            faulty[row["company"]] = str(wrong)
    return found


def unread(connection: sa.Connection) -> list[str]:
    """What lies in the folders and has no effect, such as a name that is mistyped: one line each."""
    root = _root()
    levels: dict[str, set[str]] = {name: set() for name in connection.execute(sa.select(companies.c.company)).scalars()}
    for company, template in connection.execute(sa.select(dunning_levels.c.company, dunning_levels.c.template)):
        levels[company].add(template)
    of_folder = {safe_name(company): names for company, names in levels.items()}
    return [line for folder in _visible(root) for line in _unread_in(folder, of_folder)]


def _unread_in(folder: Path, levels: Mapping[str, Set[str]]) -> Iterator[str]:
    if folder.name not in levels:
        yield f"{folder} is of no company; expected one of: {', '.join(sorted(levels))}."
        return
    for path in _visible(folder):
        if path.name not in _READ:
            yield f"{path} is not read; expected one of: {', '.join(_READ)}."
    for path in _files(folder / "fonts"):
        if path.suffix not in _FONTS:
            yield f"{path} is not read; expected a font of TrueType or OpenType ({', '.join(_FONTS)})."
    root = folder / "templates"
    for name in (path.relative_to(root).as_posix() for path in _files(root)):
        if not is_used(name, levels[folder.name]):
            yield (
                f"{folder / 'templates' / name} is not used; expected the name of one of ours, of one view of a kind "
                "(messages/dunning.html.j2), of a dunning level's template, or one that begins with _."
            )


def _root() -> Path:
    wished = settings().companies
    if wished is not None and not wished.is_dir():
        raise WrongUsage(f"TAJDID_COMPANIES is {wished}, which is no folder; correct it, or make the folder.")
    return settings().companies_folder


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []


def _with_folder(row: sa.RowMapping, folder: Path) -> Company:
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
        said = "; ".join(map(_wrong_wish, wrong.errors()))
        raise WrongUsage(f"{path} is not usable. {said}. Correct it and run again.") from None


def _wrong_wish(error: ErrorDetails) -> str:
    known = f"; expected one of {', '.join(Wishes.model_fields)}" if error["type"] == "extra_forbidden" else ""
    return f"{'.'.join(map(str, error['loc']))} is {error['input']!r}: {error['msg']}{known}"


def _logo(folder: Path) -> Logo | None:
    for kind in _LOGOS:
        path = folder / f"logo.{kind}"
        if path.is_file():
            content = path.read_bytes()
            if not _IS_IMAGE[kind](content):
                raise WrongUsage(f"{path} is no whole image of its kind; replace it, or remove it to have no logo.")
            return Logo(content, kind)
    return None


def _is_png(content: bytes) -> bool:
    return content.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND\xaeB`\x82" in content


def _is_svg(content: bytes) -> bool:
    try:
        return ElementTree.fromstring(content).tag.rpartition("}")[2] == "svg"
    except (ElementTree.ParseError, ValueError, LookupError):  # the others are of encodings that it does not know
        return False


_IS_IMAGE = {"png": _is_png, "svg": _is_svg}


def _templates(folder: Path) -> dict[str, str]:
    root = folder / "templates"
    return {path.relative_to(root).as_posix(): _text(path) for path in _files(root) if path.suffix in _TEMPLATES}


def _files(folder: Path) -> list[Path]:
    """What lies below a folder, without what systems hide there."""
    found = folder.rglob("*") if folder.is_dir() else ()
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise WrongUsage(f"{path} cannot be read: {wrong}. Save it as UTF-8 and run again.") from None
