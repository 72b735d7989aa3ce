"""The one error class of the package, and how names and values of strangers are shown."""

import json
import re
import reprlib
from typing import Any

# Controls (a line break, a terminal's escape), what turns the direction of text around, and bytes
# of a file name that are no UTF-8, which Python gives as surrogates.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
LONGEST = 4000  # characters of a sentence


class MicfpError(Exception):
    """Something a person can mend: one sentence with the file, the value and what to do.

    The command line prints the sentence and leaves with status 2; no traceback is shown.
    """

    def __init__(self, sentence: object) -> None:
        super().__init__(shortened(printable(sentence), LONGEST))


def printable(text: object) -> str:
    r"""Text in one line that does nothing to a terminal and fits into UTF-8.

    >>> printable("a\nb\udcff\x1b[31m")
    'a\\x0ab\\xff\\x1b[31m'
    """
    return _UNPRINTABLE.sub(lambda found: _escape(found[0]), str(text))


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"


def printable_json(text: str) -> str:
    """JSON with the same characters as JSON's own escapes: what it says stays what it was."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_json(record: object) -> None:
    """Print one object in one line."""
    print(printable_json(json.dumps(record, ensure_ascii=False, default=str)))


def shortened(text: str, longest: int) -> str:
    """Text of so many characters at most: start and end."""
    half = (longest - 5) // 2
    return text if len(text) <= longest else f"{text[:half]} ... {text[-half:]}"


def shown(value: Any) -> str:
    """A value as Python writes it, in 80 characters at most, however large or deep it is."""
    return shortened(_short.repr(value), 80)


_short = reprlib.Repr()
_short.maxstring = _short.maxother = 70
_short.maxlevel = 4
