"""Reading params.yaml and presets: plain data of bounded size, whatever a file holds."""

import datetime
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.base import unbounded
from micfp.errors import MicfpError, shortened, shown

if TYPE_CHECKING:
    import yaml

# params.yaml has 28 kB and 1000 values in 7 levels; the largest preset refers back 25 times.
MOST_BYTES = 300_000
MOST_VALUES = 20_000
MOST_LEVELS = 20
MOST_ALIASES = 200
LONGEST_TEXT = 4000
LONGEST_KEY = 200


def read_yaml(file: Path) -> dict[str, Any]:
    """Read one YAML file with a mapping at its top; loads plain data only.

    Raises
    ------
    MicfpError
        where it cannot be read, or holds more than parameters ever do (see `check_plain`)
    """
    import yaml

    text = _text(file)
    try:
        content = yaml.load(text, _loader())
    except yaml.YAMLError as error:
        said = shortened(" ".join(str(error).split()), 300)
        raise MicfpError(f"{file}: not readable as YAML: {said}") from None
    # PyYAML's own, for a number or a tag that it cannot make sense of
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        said = shortened(" ".join(str(error).partition(";")[0].split()), 300)
        raise MicfpError(f"{file}: holds a value that is none ({said}); correct it") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        found = type(content).__name__
        raise MicfpError(f"{file}: needs `key: value` lines at its top, not {found}")
    check_plain(content, str(file))
    return content


def _text(file: Path) -> str:
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise MicfpError(f"{file}: could not be read (it is no regular file)")
        with open(file, "rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise MicfpError(f"{file}: there is no such parameter file") from None
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise MicfpError(f"{file}: not readable as YAML: it is not UTF-8 text") from None
        raise MicfpError(f"{file}: could not be read ({error})") from None
    if len(content) > MOST_BYTES:
        raise MicfpError(f"{file}: is larger than {MOST_BYTES} bytes: is it a parameter file?")
    return text


def _loader() -> type["yaml.SafeLoader"]:
    """PyYAML's loader of plain data, which counts what it composes before anything is built."""
    import yaml

    class Loader(yaml.SafeLoader):
        def __init__(self, text: str) -> None:
            super().__init__(text)
            self.levels = self.values = self.aliases = 0
            self.size_of: dict[str, int] = {}

        def compose_node(self, parent: Any, index: Any) -> Any:
            """Count levels, aliases, and values as often as aliases repeat them."""
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]
            before = self.values
            is_alias = isinstance(event, yaml.AliasEvent)
            self.aliases += is_alias
            self.levels += 1
            if is_alias and event.anchor in self.anchors and event.anchor not in self.size_of:
                raise yaml.YAMLError(f"*{shown(event.anchor)} is part of itself")
            self.values += self.size_of.get(event.anchor, 1) if is_alias else 1
            for count, most, what in (
                (self.aliases, MOST_ALIASES, "aliases (*name)"),
                (self.values, MOST_VALUES, "values"),
                (self.levels, MOST_LEVELS, "levels in each other"),
            ):
                if count > most:
                    raise yaml.YAMLError(f"there are more than {most} {what}")
            node = super().compose_node(parent, index)
            self.levels -= 1
            if event.anchor is not None and not is_alias:
                self.size_of[event.anchor] = self.values - before
            return node

    return Loader


def check_plain(values: Mapping[str, Any], source: str) -> None:
    """Refuse what is no plain data of a bounded size, before anything looks at it more closely.

    Raises
    ------
    MicfpError
        with the key, for a value that is no text, finite number of a sensible size, truth value,
        list or mapping; for text that is too long; and for too many values or levels
    """
    waiting: list[tuple[str, Any, int]] = [("", values, 0)]
    n_values = 0
    while waiting:
        where, value, level = waiting.pop()
        n_values += 1
        fault = _fault(value)
        if n_values > MOST_VALUES:
            fault = f"there are more than {MOST_VALUES} values"
        elif level > MOST_LEVELS:
            fault = f"there are more than {MOST_LEVELS} levels in each other"
        if fault:
            raise MicfpError(f"{source}: {shortened(where, 100)}: {fault}")
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if not isinstance(key, str) or len(key) > LONGEST_KEY:
                    fault = f"the key {shown(key)} is no name; put it in quotes, or correct it"
                    raise MicfpError(f"{source}: {f'{where}: ' * bool(where)}{fault}")
                waiting.append((f"{where}.{key}" if where else key, inner, level + 1))
        elif isinstance(value, list | tuple):
            waiting += [(f"{where}.{n}", inner, level + 1) for n, inner in enumerate(value)]


def _fault(value: Any) -> str:
    """What is wrong with a value by itself."""
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT or "\0" in value:
            return f"{shown(value)} is longer than {LONGEST_TEXT} characters, or no text"
    elif isinstance(value, datetime.date):
        return f"YAML reads {value} as a date; put it in quotes"
    elif value is not None and not isinstance(value, bool | int | float | Mapping | list | tuple):
        return f"{type(value).__name__} is no kind of value that parameters have; take it out"
    return unbounded(value)
