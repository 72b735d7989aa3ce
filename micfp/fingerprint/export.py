"""Writes a fitted network for other programs."""

import tempfile
from pathlib import Path

from micfp.engine.store import copy_whole
from micfp.errors import MicfpError
from micfp.fingerprint.model import Model
from micfp.models import method_files
from micfp.models.methods import FittedMethod


def export_onnx(model: Model, name: str, out: Path) -> str:
    """Write a network as ONNX, whole or not at all; return what was written, in words.

    Parameters
    ----------
    model
        A method that learned from frames.
    name
        What the model is called in a refusal.
    out
        File to write; one that exists is replaced.

    Raises
    ------
    MicfpError
        The model is a classifier on features, or the file cannot be written.
    """
    if not isinstance(model.fitted, FittedMethod):
        raise MicfpError(f"{name}: a classifier on features, and no network that ONNX could hold")
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "network.onnx"
        method_files.export_onnx(model.fitted, whole)
        try:
            copy_whole(whole, out)
        except OSError as error:
            raise MicfpError(f"{out}: not to be written there ({error.strerror})") from None
    return (
        f"{out}: {', '.join(model.fitted.frame_inputs.names)} to {len(model.fitted.classes)} scores"
    )
