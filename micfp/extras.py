"""The extras: which brings a module that the core of micfp does without."""

from collections.abc import Iterator
from contextlib import contextmanager

from micfp.errors import MicfpError

EXTRA_OF = {
    "dvc": "pipeline",
    "espeakng_loader": "pipeline",
    "kaggle": "pipeline",
    "librosa": "pipeline",
    "mlflow": "pipeline",
    "noisereduce": "pipeline",
    "onnx": "deep",
    "onnxruntime": "deep",
    "optuna": "search",
    "parselmouth": "pipeline",
    "pyarrow": "pipeline",
    "pydub": "pipeline",
    "pyroomacoustics": "pipeline",
    "requests": "pipeline",
    "snakemake": "pipeline",
    "sqlalchemy": "pipeline",
    "torch": "deep",
    "webrtcvad": "pipeline",
}
"""Extras by the modules that they bring and that micfp imports."""


@contextmanager
def extras_named() -> Iterator[None]:
    """Say which extra brings a module that is not installed; also a decorator.

    Raises
    ------
    MicfpError
        The block imported such a module.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        # Where only the version of a package was asked for, it is the package that is named.
        module = str(error.name).partition(".")[0].replace("-", "_")
        if module not in EXTRA_OF:
            raise
        raise MicfpError(f"this needs {module}: pip install 'micfp[{EXTRA_OF[module]}]'") from error
