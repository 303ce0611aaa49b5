"""Which templates of a company's folder take the place of ours, and what may be said of one that fails?"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from importlib.resources import files

from models.messages import KINDS

VIEWS = ("subject", "txt", "html", "short")
"""Of a message."""
FOLDERS = ("messages", "documents", "pages")


@lru_cache
def standard_templates(folder: str) -> frozenset[str]:
    """The names of our templates in one of the folders."""
    return frozenset(file.name for file in (files("reports") / folder / "templates").iterdir())


def is_used(path: str, levels: Collection[str]) -> bool:
    """Whether a file of the folder `templates` has an effect; `levels`: the templates that dunning levels name.

    messages/dunning.html.j2 is one view of a kind, messages/firm.j2 that of a level `firm`, messages/_ours.j2 a part
    that other files of the company include.
    """
    folder, _, name = path.partition("/")
    if folder not in FOLDERS or not name:
        return False
    if not name.endswith((".j2", ".typ")):
        return False
    if name.startswith("_") or name in standard_templates(folder):
        return True
    return folder == "messages" and kind_of(name) in {*KINDS, *levels}


def kind_of(name: str) -> str:
    """The kind or level of a message's template: dunning.html.j2 and dunning.j2 are of dunning."""
    ends = (*(f".{view}.j2" for view in VIEWS), ".j2")
    return next((name.removesuffix(end) for end in ends if name.endswith(end)), name)


def quotes_only(said: str, source: str, others: Collection[str] = ()) -> bool:
    """Whether all that an error quotes stands in the template as a word or a text, or is one of `others`.

    Anything else that it quotes, such as the key that was looked up, may be of a customer.
    """
    known = {*re.findall(r"\w+", source), *re.findall(r"""["']([^"']+)["']""", source), *others}
    return all(quoted in known for quoted in re.findall(r"""["'`]([^"'`]*)["'`]""", said))
