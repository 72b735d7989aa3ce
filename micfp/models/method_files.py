"""A fitted method as files: saved, loaded without running code, and given to other programs.

`method.json` says what it is, `weights.safetensors` holds every number of frame inputs and network,
and `model.skops` a classifier.
"""

import json
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from micfp.errors import MicfpError, shortened, shown
from micfp.models.codebooks import Codebooks
from micfp.models.description import read_description
from micfp.models.frame_inputs import frame_inputs_of
from micfp.models.gmm import Mixture
from micfp.models.method_config import MethodConfig
from micfp.models.methods import FittedMethod, inputs_of, shapes_of, untrained
from micfp.models.persistence import check_answer, checked_classes, load, save

if TYPE_CHECKING:
    from torch import nn

Arrays = dict[str, NDArray[Any]]
Shapes = dict[str, tuple[int, ...]]
MOST_NUMBERS = 2**22  # of a row of frames: 16 MB
WEIGHTS, ABOUT, CLASSIFIER = "weights.safetensors", "method.json", "model.skops"


def save_method(made: FittedMethod, folder: Path) -> None:
    """Write a method into a folder that is there."""
    from safetensors.numpy import save as serialised

    arrays = {f"front.{name}": value for name, value in made.frame_inputs.arrays().items()}
    for kind, parts in (("shift", made.shift), ("scale", made.scale)):
        arrays |= {f"{kind}.{number}": value for number, value in enumerate(parts)}
    for number, mixture in enumerate(made.mixtures):
        arrays |= {f"mixtures.{number}.{name}": value for name, value in vars(mixture).items()}
    if made.codebooks is not None:
        arrays |= {f"codebooks.{name}": value for name, value in vars(made.codebooks).items()}
    if made.network is not None:
        tensors = made.network.state_dict()
        arrays |= {f"network.{name}": value.numpy() for name, value in tensors.items()}
    # Written by Python: of a full disk the library's own writer says it in its own way.
    content = serialised({name: np.array(value, order="C") for name, value in arrays.items()})
    (folder / WEIGHTS).write_bytes(content)
    if made.fitted is not None:
        save(made.fitted, folder / CLASSIFIER)
    about = {
        "method": made.method.model_dump(mode="json"),
        "classes": list(made.classes),
        "frames_shape": list(made.frames_shape),
    }
    (folder / ABOUT).write_text(json.dumps(about, indent=1, sort_keys=True))


def load_method(folder: Path) -> FittedMethod:
    """Read a method that `save_method` wrote.

    Runs no code from it, and makes no network before its file has as many numbers.

    Raises
    ------
    MicfpError
        that names the file where one is missing or damaged, or where the two do not belong together
    """
    about = _about(folder / ABOUT)
    arrays = _arrays(folder / WEIGHTS)
    try:
        made = _made(about, arrays)
    except Exception as error:  # whatever the files of a stranger bring about
        raise _refusal(folder, f"{ABOUT} and {WEIGHTS}", error) from None
    if made.method.classifier is not None:
        fitted = load(folder / CLASSIFIER)
        if fitted.classes != made.classes:
            raise MicfpError(
                f"{folder / CLASSIFIER}: knows other classes than {ABOUT}; fit the method again"
            )
        made = replace(made, fitted=fitted)
    try:
        check_answer(made, made.frames_shape)
    except Exception as error:
        raise _refusal(folder, "its files", error) from None
    return made


def _refusal(folder: Path, files: str, error: Exception) -> MicfpError:
    said = shortened(" ".join(str(error).split()), 200)
    return MicfpError(
        f"{folder}: {files} do not belong together, or are of another version ({said}); fit the "
        "method again"
    )


def _about(path: Path) -> Any:
    try:
        return read_description(path)
    except FileNotFoundError:
        raise MicfpError(f"{path.parent}: no method there (no {path.name}); fit it again") from None
    except (OSError, ValueError) as error:
        raise MicfpError(f"{path}: damaged ({error}); fit the method again") from None


def _arrays(path: Path) -> Arrays:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError("it is no regular file")
        arrays: Arrays = load_file(path)
    except FileNotFoundError:
        raise MicfpError(f"{path}: there is no such file; fit the method again") from None
    # the last four: numbers of a kind that numpy does not have
    except (SafetensorError, OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise MicfpError(f"{path}: damaged ({error}); fit the method again") from None
    for name, value in arrays.items():
        if not np.isfinite(value).all():
            raise MicfpError(f"{path}: {name} holds what is no number; fit the method again")
    return arrays


def _made(about: Any, arrays: Arrays) -> FittedMethod:
    """A method without its classifier; raises whatever comes where it cannot be."""
    method = MethodConfig.model_validate(about["method"])
    classes = checked_classes(about["classes"])
    n_frames, n_features = (int(n) for n in about["frames_shape"])
    frames_shape = (n_frames, n_features)
    if not (0 < n_frames <= MOST_NUMBERS and 0 < n_features <= MOST_NUMBERS // n_frames):
        raise ValueError(f"frames of shape {shown(frames_shape)}")
    _check_shapes(arrays, _shapes(method, frames_shape, len(classes)))
    inputs = inputs_of(method)
    scaled = range(len(inputs)) if method.has_network else ()
    scale = tuple(arrays[f"scale.{number}"] for number in scaled)
    if not all((part > 0).all() for part in scale):
        raise ValueError("a scale that is not above 0")
    mixtures = len(classes) if method.likelihood else 0
    return FittedMethod(
        method,
        frame_inputs_of(inputs, method.gaussians.relevance, _under(arrays, "front.")),
        classes,
        frames_shape,
        tuple(arrays[f"shift.{number}"] for number in scaled),
        scale,
        _network(method, frames_shape, len(classes), _under(arrays, "network.")),
        mixtures=tuple(Mixture(**_under(arrays, f"mixtures.{n}.")) for n in range(mixtures)),
        codebooks=Codebooks(**_under(arrays, "codebooks.")) if method.codebook else None,
    )


def _shapes(method: MethodConfig, frames_shape: tuple[int, ...], n_classes: int) -> Shapes:
    """The shape of every array of a method by its name in the file; no network is made for it."""
    inputs, gaussians = inputs_of(method), method.gaussians
    gsv = (gaussians.components, frames_shape[-1])
    mixtures = [f"mixtures.{number}" for number in range(n_classes if method.likelihood else 0)]
    shapes: Shapes = {}
    if {"gsv", "ivector"} & set(inputs):
        mixtures.append("front.mixture")
    if "ivector" in inputs:
        shapes["front.total"] = (*gsv, gaussians.ivector_dimension)
    for name in mixtures:
        shapes |= {f"{name}.weights": gsv[:1], f"{name}.means": gsv, f"{name}.variances": gsv}
    if method.codebook:
        frame = frames_shape[-1:]
        shapes["codebooks.words"] = (n_classes, method.codewords, *frame)
        shapes |= {"codebooks.shift": frame, "codebooks.scale": frame, "codebooks.distortion": (1,)}
    if not method.has_network:
        return shapes
    import torch

    for number, (name, shape) in enumerate(shapes_of(method, frames_shape).items()):
        scaled = shape if name == "gsv" else shape[-1:]
        shapes |= {f"shift.{number}": scaled, f"scale.{number}": scaled}
    with torch.device("meta"):
        tensors = untrained(method, frames_shape, n_classes, seed=0).state_dict()
    return shapes | {f"network.{name}": tuple(value.shape) for name, value in tensors.items()}


def _check_shapes(arrays: Mapping[str, NDArray[Any]], shapes: Shapes) -> None:
    """Raises ValueError for the first array that is missing, too many, or of another shape."""
    given = {name: value.shape for name, value in arrays.items()}
    for name in sorted(given.keys() | shapes.keys()):
        if given.get(name) != shapes.get(name):
            raise ValueError(
                f"{name} is {given.get(name, 'not there')} and should be "
                f"{shapes.get(name, 'not there')}"
            )


def _network(
    method: MethodConfig, frames_shape: tuple[int, ...], n_classes: int, arrays: Arrays
) -> "nn.Module | None":
    """The network with its weights; None for a method without."""
    if not method.has_network:
        return None
    import torch

    network = untrained(method, frames_shape, n_classes, seed=0)
    network.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
    return network.eval()


def _under(arrays: Mapping[str, NDArray[Any]], prefix: str) -> Arrays:
    return {n.removeprefix(prefix): v for n, v in arrays.items() if n.startswith(prefix)}


def export_onnx(made: FittedMethod, path: Path) -> None:
    """Write the network of a method as ONNX, see `networks.onnx`.

    Raises
    ------
    MicfpError
        for a method that is no network
    """
    if made.network is None or made.fitted is not None:
        raise MicfpError("only a network can be written as ONNX, and this method is none")
    from micfp.models.networks.onnx import write_onnx

    shapes = shapes_of(made.method, made.frames_shape)
    write_onnx(made.network, {str(n): s for n, s in shapes.items()}, made.shift, made.scale, path)
