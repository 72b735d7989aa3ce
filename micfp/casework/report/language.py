"""The words of a report in a language: one TOML file each, checked against the English one."""

import string
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from micfp.errors import MicfpError, shown
from micfp.evidence.verbal import SCALE, ratio, strength

LANGUAGES = ("en", "de")
MOST_BYTES = 1_000_000
Words = Mapping[str, str | tuple[str, ...]]


class Language:
    """Words by their keys, such as `front.title`, and how numbers are written.

    Attributes
    ----------
    code
        Such as "en", as HTML has it.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self.code = self.text("language.code")
        self._decimal = self.text("language.decimal")

    def text(self, key: str, **values: object) -> str:
        """A sentence, with values in the places of their names."""
        found = self._words[key]
        assert isinstance(found, str)
        return found.format(**values)

    def texts(self, key: str) -> tuple[str, ...]:
        """Several sentences."""
        found = self._words[key]
        assert not isinstance(found, str)
        return found

    def known(self, english: str) -> str:
        """What another part of micfp said in English, translated where these words have it."""
        pairs = zip(self.texts("known.english"), self.texts("known.said"), strict=True)
        return dict(pairs).get(english, english)

    def number(self, value: float, digits: int = 0, sign: bool = False) -> str:
        """A number with so many digits after the decimal sign."""
        return f"{value:{'+' if sign else ''}.{digits}f}".replace(".", self._decimal)

    def ratio(self, log10_lr: float) -> str:
        """A likelihood ratio to two digits."""
        return ratio(log10_lr).replace(".", self._decimal)

    def support(self, log10_lr: float) -> str:
        """How strong a likelihood ratio is, in words."""
        return self.texts("evidence.support")[strength(log10_lr)]

    def weighed(self, log10_lr: float) -> str:
        """What a likelihood ratio says of H1 and H2, in a sentence."""
        if strength(log10_lr) == 0:
            return self.text("evidence.neither", support=self.support(log10_lr))
        first, second = ("H1", "H2") if log10_lr > 0 else ("H2", "H1")
        times = self.ratio(abs(log10_lr))
        return self.text(
            "evidence.likelier",
            times=times,
            first=first,
            second=second,
            support=self.support(log10_lr),
        )


def load_language(name: str) -> Language:
    """Load the words of a language.

    Parameters
    ----------
    name
        One that micfp has ("en", "de"), or a TOML file.

    Raises
    ------
    MicfpError
        There is none; a file that lacks words, has others, or is no TOML.
    """
    english = _flat(tomllib.loads(_shipped("en")))
    if name in LANGUAGES:
        return Language(_flat(tomllib.loads(_shipped(name))))
    path = Path(name)
    try:
        if not path.is_file():
            raise MicfpError(
                f"{name}: no such language; give {', '.join(LANGUAGES)}, or a TOML file of words"
            )
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES} bytes")
        words = _flat(tomllib.loads(path.read_text(encoding="utf-8")))
        _check(words, english)
    except (OSError, ValueError, RecursionError) as error:
        raise MicfpError(f"{name}: not the words of a report ({error}); mend the file") from None
    return Language(words)


def _shipped(name: str) -> str:
    return (files("micfp.casework.report") / f"{name}.toml").read_text(encoding="utf-8")


def _flat(content: Mapping[str, Any]) -> Words:
    """Words by keys such as `front.title`; ValueError where there is anything else than words."""
    words: dict[str, str | tuple[str, ...]] = {}
    for section, inner in content.items():
        if not isinstance(inner, dict):
            raise ValueError(f"{shown(section)} stands outside of a section")
        for name, value in inner.items():
            if isinstance(value, list) and all(isinstance(one, str) for one in value):
                words[f"{section}.{name}"] = tuple(value)
            elif isinstance(value, str):
                words[f"{section}.{name}"] = value
            else:
                raise ValueError(f"{section}.{name} is no text")
    return words


def _check(words: Words, english: Words) -> None:
    """Refuse words that a report cannot be made of."""
    for key in english:
        if key not in words:
            raise ValueError(f"{key} is missing")
        if isinstance(words[key], str) != isinstance(english[key], str):
            raise ValueError(f"{key} is one text where it should be several, or the reverse")
        if not _places(words[key]) <= _places(english[key]):
            left = ", ".join(sorted(_places(words[key]) - _places(english[key])))
            raise ValueError(f"{key} has a place that is none: {left}")
    for key in words:
        if key not in english:
            raise ValueError(f"{key} is no part of a report")
    if len(words["evidence.support"]) != len(SCALE) + 1:
        raise ValueError(f"evidence.support has not {len(SCALE) + 1} steps")
    if len(words["known.english"]) != len(words["known.said"]):
        raise ValueError("known.english and known.said are not as many")


def _places(value: str | tuple[str, ...]) -> set[str]:
    """Names in braces, as they stand: `{n.x}` is another than `{n}`."""
    return set(_each_place((value,) if isinstance(value, str) else value))


def _each_place(texts: tuple[str, ...]) -> Iterator[str]:
    for text in texts:
        for _, name, form, conversion in string.Formatter().parse(text):
            if name is not None:
                yield name + (f":{form}" if form else "") + (f"!{conversion}" if conversion else "")
