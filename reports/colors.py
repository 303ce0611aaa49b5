"""Colours that can be read: contrast by WCAG 2.2, and shades of a company's colour on light and dark paper."""

from __future__ import annotations

Rgb = tuple[int, int, int]
WHITE: Rgb = (255, 255, 255)
BLACK: Rgb = (0, 0, 0)
LEAST_CONTRAST = 4.5
"""Of letters with what is behind them (AA)."""


def rgb(color: str) -> Rgb | None:
    """The parts of #rrggbb or #rgb; None for anything else."""
    digits = color.strip().removeprefix("#")
    whole = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    try:
        parts = bytes.fromhex(whole)
    except ValueError:
        return None
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def written(color: Rgb) -> str:
    """#rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def contrast(one: Rgb, other: Rgb) -> float:
    """1 (the same) to 21 (black and white)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` of one colour in the other."""
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def darkened(color: Rgb) -> str:
    """The colour, darkened until white letters can be read on it and it can be read on white."""
    red, green, blue = color
    while contrast((red, green, blue), WHITE) < LEAST_CONTRAST:
        red, green, blue = (int(part * 0.94) for part in (red, green, blue))
    return written((red, green, blue))


def lightened(color: Rgb, paper: Rgb) -> Rgb:
    """The colour, mixed with white until it can be read on dark paper."""
    shares = (share / 20 for share in range(20, -1, -1))
    return next(made for made in (mixed(color, WHITE, share) for share in shares) if contrast(made, paper) >= 5.5)


def ink_on(color: Rgb) -> Rgb:
    """White or black, whichever is read better on the colour; one of them always is."""
    return max(WHITE, BLACK, key=lambda ink: contrast(ink, color))


def _luminance(color: Rgb) -> float:
    linear = [p / 255 / 12.92 if p / 255 <= 0.04045 else ((p / 255 + 0.055) / 1.055) ** 2.4 for p in color]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
