"""Which characters the fonts of a PDF and of figures can draw."""

from functools import lru_cache
from pathlib import Path

FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf")
"""They come with matplotlib."""


def font_folder() -> Path:
    """Where the fonts are."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def drawable(text: str) -> str:
    """Text with the number in place of each character that has no glyph: `[U+4E2D]`."""
    there = _glyphs()
    return "".join(
        one if ord(one) in there or one == "\n" else f"[U+{ord(one):04X}]" for one in text
    )


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    """Characters that every one of the fonts has."""
    from matplotlib.ft2font import FT2Font

    fonts = (FT2Font(str(font_folder() / name)) for name in FONTS)
    return frozenset.intersection(*(frozenset(font.get_charmap()) for font in fonts))
