"""micfp: identifies the microphone or phone that made a recording.

    import micfp

    enrolled = micfp.enroll({"phone A": ["a1.wav", "a2.wav"], "phone B": ["b1.wav"]})
    micfp.identify("note.opus", enrolled)

What is offered here stays; what is inside may change. What a function needs is imported when it is
called for.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from micfp.api.cases import open_case, write_report
    from micfp.api.clustering import cluster
    from micfp.api.comparing import compare
    from micfp.api.corpus import recordings
    from micfp.api.enrolling import enroll
    from micfp.api.features import features
    from micfp.api.identifying import identify
    from micfp.api.inspecting import inspect
    from micfp.api.models import load_model
    from micfp.api.scanning import scan
    from micfp.api.sound import Samples
    from micfp.api.training import train
    from micfp.api.verifying import verify
    from micfp.errors import MicfpError

__version__ = "0.1.0"

_MODULES = {
    "MicfpError": "micfp.errors",
    "Samples": "micfp.api.sound",
    "cluster": "micfp.api.clustering",
    "compare": "micfp.api.comparing",
    "enroll": "micfp.api.enrolling",
    "features": "micfp.api.features",
    "identify": "micfp.api.identifying",
    "inspect": "micfp.api.inspecting",
    "load_model": "micfp.api.models",
    "open_case": "micfp.api.cases",
    "recordings": "micfp.api.corpus",
    "scan": "micfp.api.scanning",
    "train": "micfp.api.training",
    "verify": "micfp.api.verifying",
    "write_report": "micfp.api.cases",
}
__all__ = [
    "MicfpError",
    "Samples",
    "__version__",
    "cluster",
    "compare",
    "enroll",
    "features",
    "identify",
    "inspect",
    "load_model",
    "open_case",
    "recordings",
    "scan",
    "train",
    "verify",
    "write_report",
]


class _Package(ModuleType):
    """A package whose functions have the names of some of its own packages.

    `micfp.features` is a function, and `micfp/features/` is where it gets its numbers from. Python
    would put the latter in the place of the former as soon as anything imports it.
    `from micfp.features import extract` works all the same.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, ModuleType) and name in _MODULES):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
