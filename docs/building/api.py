"""The public functions and classes of `micfp`, by their docstrings."""

import inspect

import micfp

# Where the package itself names none.
MODULES = ("micfp.fingerprint", "micfp.fingerprint.known")


def api() -> str:
    """What `micfp.__all__` names, as directives of autodoc; else modules that are for everybody."""
    names = [name for name in getattr(micfp, "__all__", ()) if not name.startswith("__")]
    lines = [line for name in names for line in _named(name)]
    if not names:
        lines = [
            line for name in MODULES for line in (f".. automodule:: {name}", "   :members:", "")
        ]
    return "\n".join(["```{eval-rst}", *lines, "```"])


def _named(name: str) -> list[str]:
    value = getattr(micfp, name)
    if inspect.isclass(value):
        return [f".. autoclass:: micfp.{name}", "   :members:", ""]
    if inspect.ismodule(value):
        return [f".. automodule:: {value.__name__}", "   :members:", ""]
    return [
        f".. autofunction:: micfp.{name}" if callable(value) else f".. autodata:: micfp.{name}",
        "",
    ]
