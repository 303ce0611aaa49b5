"""Jinja2 as all our pages and mails use it: a missing name is an error, HTML is escaped, a voice speaks.

In a template: `_("Dear %(name)s", name=…)`, `ngettext("%(count)s day", "%(count)s days", n)`, `voice.money(…)`.
"""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import BaseLoader, Environment, StrictUndefined
from markupsafe import Markup

from reports.language.voice import Voice


def environment(voice: Voice, loader: BaseLoader, *, html: bool, base: type[Environment] = Environment) -> Environment:
    """An environment in which `_`, `ngettext` and `voice` speak as `voice` does; filters `bdi` and `isolate`."""
    made = base(loader=loader, autoescape=html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals |= {"voice": voice, "_": voice.text, "ngettext": voice.plural}
    if html:
        made.globals |= {"_": _escaping(voice.text), "ngettext": _escaping(voice.plural)}
    made.filters |= {"isolate": voice.isolated, "bdi": bdi}
    return made


def _escaping(speak: Callable[..., str]) -> Callable[..., Markup]:
    """The same words with placeholders that are escaped unless they are markup themselves, such as `x | bdi`."""

    def said(*message: object, **placeholders: object) -> Markup:
        escaped = {
            name: value if isinstance(value, int) else Markup.escape(value) for name, value in placeholders.items()
        }
        return Markup(speak(*message, **escaped))

    return said


def bdi(text: object) -> Markup:
    """What keeps its own direction inside a sentence of the other: an id, a name, an amount."""
    return Markup("<bdi>{}</bdi>").format(text)
