"""What is wrong with parameters, a sentence a fault: the key, the value, the nearest right one."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from micfp.errors import shortened, shown


def sentences(
    error: ValidationError, values: Mapping[str, Any], root: type[BaseModel]
) -> list[str]:
    """A sentence a wrong key; where a value may be of several types, with what each asks for.

    Parameters
    ----------
    error
        what pydantic found
    values
        what was checked
    root
        by which type
    """
    found: list[str] = []
    asked: dict[str, list[str]] = {}
    for item in error.errors():
        where = _key(item["loc"], values)
        if item["type"] == "extra_forbidden":
            found.append(f"unknown key {where!r}: {_hint(item['loc'], root)}")
        elif item["type"] == "union_tag_not_found":
            found.append(f"{where}.{item['ctx']['discriminator'][1:-1]} is missing")
        elif item["type"] == "too_short" and len(item["input"]) >= item["ctx"]["min_length"]:
            continue  # pydantic counts those of the list that are right; the others are named
        elif item["type"] == "missing":
            found.append(f"{'.'.join(filter(None, (where, str(item['loc'][-1]))))} is missing")
        else:
            value = "" if item["type"] == "value_error" else f" = {shown(item['input'])}"
            said = shortened(item["msg"].removeprefix("Value error, "), 400)
            if item["type"] == "literal_error":
                said += _nearest(item["input"], re.findall(r"'([^']*)'", item["ctx"]["expected"]))
            asked.setdefault(f"{where}{value}" if where else "", []).append(said)
    for wrong, said_of_it in asked.items():
        found.append(": ".join(filter(None, (wrong, ", or: ".join(said_of_it)))))
    return found


def _key(location: tuple[int | str, ...], values: Any) -> str:
    """A key's whole name as it was written: a location without the names of types."""
    parts = []
    for part in location:
        there = part in values if isinstance(values, Mapping) else isinstance(part, int)
        if there:
            values = values[part]
            parts.append(str(part))
    return ".".join(parts)


def _hint(location: tuple[int | str, ...], root: type[BaseModel]) -> str:
    """What to do about an unknown key."""
    return _nearest(location[-1], _keys_beside(location, root)).removeprefix("; ") or "remove it"


def _nearest(written: object, right: Iterable[str]) -> str:
    """The one of several right names that is most like what was written; nothing of no name."""
    if not isinstance(written, str):
        return ""
    near = max(right, key=lambda name: _likeness(written, name), default=None)
    return f"; the nearest right one is {near!r}" if near else ""


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _keys_beside(location: tuple[int | str, ...], root: type[BaseModel]) -> list[str]:
    """Names of the fields that the unknown key at `location` stands among."""
    types: list[Any] = [root]
    for part in location[:-1]:
        types = [inner for outer in types for inner in _types_under(outer, part)] or types
    return [name for found in types for model in _models_in(found) for name in model.model_fields]


def _types_under(annotation: Any, part: int | str) -> list[Any]:
    """Types of what stands under a key or number in a value of this type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        kind = annotation.model_fields.get("kind")
        if kind is not None and part in get_args(kind.annotation):
            return [annotation]  # one of several that are told apart by their kind
        return [f.annotation for name, f in annotation.model_fields.items() if name == part]
    inner = get_args(annotation)
    if get_origin(annotation) in (dict, tuple):
        return [inner[1] if get_origin(annotation) is dict else inner[0]]
    return [found for one in inner for found in _types_under(one, part)]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]
