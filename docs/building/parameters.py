"""Every parameter of params.yaml, from the types that check it."""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from micfp.plan.params import Params

LONGEST = 60  # characters of a default
# How names end, and the unit that this means; the longest ending counts.
UNITS = {
    **{"db_spl": "dB SPL", "dbfs": "dBFS", "dba": "dB(A)", "db": "dB", "hz": "Hz", "khz": "kHz"},
    **{"s": "s", "ms": "ms", "minutes": "min", "minute": "min", "min": "min", "h": "h"},
    **{"kbit_s": "kbit/s", "mb": "MB", "bits": "bits", "mv_per_pa": "mV/Pa", "m": "m", "deg": "°"},
    **{"percent": "%", "share": "share of 1", "ppm": "ppm", "per_minute": "per minute"},
    **{"frames": "frames", "epochs": "epochs", "samples": "samples"},
}


def parameters() -> str:
    """All sections as markdown, each with a table: name, default, unit, values, meaning."""
    done: dict[type[BaseModel], str] = {}
    top = [(name, field) for name, field in Params.model_fields.items()]
    single = [(name, field) for name, field in top if not list(models_of(field.annotation))]
    parts = ["## At the top\n\n" + _table(single)]
    for name, field in top:
        if (name, field) not in single:
            parts += _section(name, name, field, done, 2)
    return "\n\n".join(parts)


def _section(
    title: str, path: str, field: FieldInfo, done: dict[type[BaseModel], str], level: int
) -> Iterator[str]:
    """A heading and a table for every model that may stand at a path, and what is below it."""
    found = list(models_of(field.annotation))
    intro = [f"{'#' * min(level, 4)} {title}"]
    if field.description:
        intro.append(_sentence(field.description))
    yield "\n\n".join(intro)
    for model in found:
        kind = _kind_of(model)
        place = _place(path, field.annotation) + (f" of kind `{kind}`" if kind else "")
        if model in done:
            yield f"`{place}`: as [{done[model]}](#{_anchor(done[model])})."
            continue
        done[model] = title
        said = (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        beside = "" if kind else _beside(field.annotation, model)
        yield (
            f"**`{place.replace(' of kind `', '` of kind `')}"
            + ("**" if kind else "`**")
            + f": {said}"
            + (f" Or, in place of such a section: {beside}." if beside else "")
        )
        below = [(n, f) for n, f in model.model_fields.items() if list(models_of(f.annotation))]
        said_above = ("kind",) if kind else ()
        rows = [
            (name, inner)
            for name, inner in model.model_fields.items()
            if (name, inner) not in below and name not in said_above
        ]
        if rows:
            yield _table(rows)
        for name, inner in below:
            yield from _section(f"{title}.{name}", f"{place}.{name}", inner, done, level + 1)


def _place(path: str, annotation: Any) -> str:
    """A path, with what stands for the name or the number of one among several, and of theirs."""
    for part in _parts(annotation):
        if not list(models_of(part)):
            continue
        if get_origin(part) is dict:
            return _place(f"{path}.NAME", get_args(part)[1])
        if get_origin(part) in (tuple, list):
            return _place(f"{path}[]", get_args(part)[0])
    return path


def _beside(annotation: Any, model: type[BaseModel]) -> str:
    """What else than a section of this model may stand at its place; null is left out."""
    parts = [part for part in _parts(annotation) if part is not type(None)]
    if model in parts:
        plain = [part for part in parts if not list(models_of(part))]
        return " or ".join(said for part in plain for said in _said(part))
    inner = [each for part in parts for each in get_args(part) if each is not Ellipsis]
    return " or ".join(filter(None, (_beside(each, model) for each in inner)))


def _anchor(title: str) -> str:
    return title.lower().replace(".", "")


def _kind_of(model: type[BaseModel]) -> str:
    kind = model.model_fields.get("kind")
    values = get_args(kind.annotation) if kind else ()
    return str(values[0]) if len(values) == 1 else ""


def _parts(annotation: Any) -> Iterator[Any]:
    """A type without `Annotated`, and each of several that it may be."""
    if get_origin(annotation) is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for inner in get_args(annotation):
            yield from _parts(inner)
    else:
        yield annotation


def models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """Sections that may stand in a value of this type."""
    for part in _parts(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield part
        elif get_origin(part) in (dict, tuple, list):
            for inner in get_args(part):
                yield from models_of(inner)


def _table(fields: list[tuple[str, FieldInfo]]) -> str:
    rows = ["| parameter | default | unit | values | what it is |", "|---|---|---|---|---|"]
    for name, field in fields:
        cells = (f"`{name}`", _default(field), unit(name), values(field), field.description or "")
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)


def unit(name: str) -> str:
    """The unit that the end of a name says; nothing where it says none."""
    parts = name.split("_")
    for first in range(len(parts)):
        if (said := UNITS.get("_".join(parts[first:]))) is not None:
            return said
    return ""


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return "must be given"
    return f"`{_written(value)}`"


def _written(value: Any) -> str:
    text = yaml.safe_dump(_plain(value), default_flow_style=True, width=10_000, allow_unicode=True)
    text = text.removesuffix("\n").removesuffix("\n...")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(mode="json"))
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def values(field: FieldInfo) -> str:
    """The values that a field takes: a choice, or a type with its bounds."""
    said = " or ".join(dict.fromkeys(_said(field.annotation)))
    bounds = _bounds(field.metadata)
    return f"{said}, {bounds}" if bounds else said


def _said(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        bounds = _bounds(metadata)
        for said in _said(inner):
            yield f"{said} {bounds}".strip()
    elif get_origin(annotation) in (Union, types.UnionType):
        for inner in get_args(annotation):
            yield from _said(inner)
    elif get_origin(annotation) is Literal:
        yield ", ".join(f"`{value}`" for value in get_args(annotation))
    elif get_origin(annotation) in (tuple, list):
        inner = [each for each in get_args(annotation) if each is not Ellipsis]
        yield "list of " + ", ".join(dict.fromkeys(s for each in inner for s in _said(each)))
    elif get_origin(annotation) is dict:
        yield "mapping to " + ", ".join(_said(get_args(annotation)[1]))
    else:
        yield NAMES.get(annotation, getattr(annotation, "__name__", str(annotation)))


NAMES = {
    **{int: "integer", float: "number", str: "text", bool: "true or false"},
    **{type(None): "null", Path: "path", Any: "any values"},
}


def _bounds(metadata: Any) -> str:
    """`0 <= value < 1` and the like, of the bounds among a type's remarks."""
    said = []
    for remark in metadata:
        for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<")):
            if (bound := getattr(remark, name, None)) is not None:
                said.append(f"{sign} {bound}")
        if isinstance(remark, FieldInfo):
            said += [inner] if (inner := _bounds(remark.metadata)) else []
        for name, words in (("min_length", "at least"), ("max_length", "at most")):
            if (length := getattr(remark, name, None)) is not None:
                said.append(f"{words} {length}")
    return ", ".join(said)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
