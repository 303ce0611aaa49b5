"""Reads a PDF of typst as a person sees it: the text of each run of glyphs, from left to right.

Glyphs become letters by the fonts' own tables, as they do for a screen reader or a search. What reads from right to
left stands the other way round, so it is looked for as `seen(word)`.
"""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\s*(.*?)\s*endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_FONT = re.compile(rb"/(f\d+) (\d+) 0 R")
_LETTER = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_SHOWN = re.compile(
    rb"/ActualText<FEFF([0-9A-F]+)>.*?EMC|/(f\d+) [\d.]+ Tf|\(((?:[^\\()]|\\.)*)\)|\bBT\b",
    re.DOTALL,
)
_ISOLATES = re.compile("[\u2066-\u2069]")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def printed(pdf: bytes) -> str:
    """All texts of a PDF, one a line."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    streams = {number: _inflated(body) for number, body in objects.items() if b"FlateDecode" in body}
    fonts: dict[bytes, dict[int, str]] = {}
    for body in objects.values():
        for name, number in _FONT.findall(body):
            table = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(number)])
            if table:
                fonts[name] = _letters(streams[int(table[1])])
    return "\n".join(_texts(stream, fonts) for stream in streams.values() if b"BT" in stream and b"ET" in stream)


def seen(words: str) -> str:
    """Arabic or Persian words as they stand from left to right."""
    return words[::-1]


def _inflated(body: bytes) -> bytes:
    found = _STREAM.search(body)
    try:
        return zlib.decompress(found[1]) if found else b""
    except zlib.error:
        return b""


def _letters(table: bytes) -> dict[int, str]:
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in _LETTER.findall(table)}


def _texts(stream: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    font: dict[int, str] = {}
    said = ""
    for match in _SHOWN.finditer(stream):
        meant, name, glyphs = match.groups()
        if meant:
            said += bytes.fromhex(meant.decode()).decode("utf-16-be")
        elif name:
            font = fonts.get(name, {})
        elif glyphs is not None:
            codes = _unescaped(glyphs)
            said += "".join(font.get(high << 8 | low, "") for high, low in zip(codes[::2], codes[1::2], strict=False))
        else:
            said += "\n"
    return _ISOLATES.sub("", said)


def _unescaped(text: bytes) -> bytes:
    def plain(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8)]) if code.isdigit() else _PLAIN.get(code, code)

    return _ESCAPE.sub(plain, text)
