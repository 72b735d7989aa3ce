"""params.yaml written from the types, so that defaults and descriptions stand in one place."""

from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from micfp.plan.params import Params

HEADER = """\
# The parameters of micfp, with every default. `micfp params` writes this file anew.
# A preset (workflow/presets/*.yaml) holds differences from it; on the command line:
#   snakemake -j2 all --configfile params.yaml workflow/presets/NAME.yaml --config seed=1
# A wrong key or value is an error that names it and the nearest right one.
"""
WIDTH = 96


def render(params: Params) -> str:
    """All parameters as YAML, each with its description as a comment above or beside it."""
    return HEADER + "\n".join(_section(params, 0, top=True)) + "\n"


def _section(model: BaseModel, depth: int, top: bool = False) -> list[str]:
    lines: list[str] = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if top:
            lines.append("")
        lines += _field(name, value, field, depth)
    return lines


def _field(name: str, value: Any, field: FieldInfo | None, depth: int) -> list[str]:
    indent = "  " * depth
    if isinstance(value, BaseModel):
        inner = _section(value, depth + 1)
        comment = _comment(_first_sentence(type(value)), indent)
        return [*comment, f"{indent}{name}:", *inner] if inner else [f"{indent}{name}: {{}}"]
    if isinstance(value, dict) and any(isinstance(v, BaseModel) for v in value.values()):
        lines = _comment(field.description if field else None, indent)
        lines.append(f"{indent}{name}:")
        first = next(key for key, inner in value.items() if inner is not None)
        for key, inner in value.items():
            lines += _full(key, inner, depth + 1) if key == first else _named(key, inner, depth + 1)
        return lines
    if isinstance(value, tuple) and any(isinstance(v, BaseModel | dict) for v in value):
        lines = [*_comment(field.description if field else None, indent), f"{indent}{name}:"]
        for item in value:
            lines += _item(_plain(item), indent + "  ")
        return lines
    text = f"{indent}{name}: {_flow(_plain(value))}"
    description = field.description if field else None
    if description and len(text) + len(description) + 4 <= WIDTH:
        return [f"{text}  # {description}"]
    if isinstance(value, dict) and len(text) > WIDTH:
        lines = [*_comment(description, indent), f"{indent}{name}:"]
        for key, inner in value.items():
            lines += _field(key, inner, None, depth + 1)
        return lines
    return [*_comment(description, indent), text]


def _full(key: str, model: BaseModel, depth: int) -> list[str]:
    """The first of several sections of a kind: with everything that can be set."""
    return [f"{'  ' * depth}{key}:", *_section(model, depth + 1)]


def _item(value: dict[str, Any], indent: str) -> list[str]:
    """One member of a list of sections."""
    line = f"{indent}- {_flow(value)}"
    if len(line) <= WIDTH:
        return [line]
    lines = []
    for name, inner in value.items():
        if isinstance(inner, list) and any(isinstance(v, dict) for v in inner):
            lines.append(f"{indent}  {name}:")
            for member in inner:
                lines += _item(member, indent + "    ")
        else:
            lines.append(f"{indent}  {name}: {_flow(inner)}")
    lines[0] = f"{indent}- {lines[0].lstrip()}"
    return lines


def _named(key: str, model: BaseModel | None, depth: int) -> list[str]:
    """One of several sections of a kind: only what differs from the kind's defaults."""
    return [f"{'  ' * depth}{key}: {_flow(_plain(model))}"]


def _comment(text: str | None, indent: str) -> list[str]:
    if not text:
        return []
    lines, line = [], f"{indent}#"
    for word in text.split():
        if len(line) + len(word) + 1 > WIDTH:
            lines.append(line)
            line = f"{indent}#"
        line += f" {word}"
    return [*lines, line]


def _first_sentence(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(exclude_defaults=True, mode="json"))
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _flow(value: Any) -> str:
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True
    )
    return text.removesuffix("\n").removesuffix("\n...")
