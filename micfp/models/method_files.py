"""A fitted method as files: saved, loaded without running code, and given to other programs.

`method.json` says what it is, `weights.safetensors` holds every number of front and network, and
`model.skops` a classifier.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from micfp.config.methods import MethodConfig
from micfp.errors import MicfpError
from micfp.models.fronts import front_of
from micfp.models.gaussians import Mixture
from micfp.models.methods import FittedMethod, untrained
from micfp.models.persistence import load, save

if TYPE_CHECKING:
    from torch import nn

WEIGHTS, ABOUT, CLASSIFIER = "weights.safetensors", "method.json", "model.skops"


def save_method(made: FittedMethod, folder: Path) -> None:
    """Write a method into a folder that is there."""
    from safetensors.numpy import save_file

    arrays = {f"front.{name}": value for name, value in made.front.arrays().items()}
    for kind, parts in (("shift", made.shift), ("scale", made.scale)):
        arrays |= {f"{kind}.{number}": value for number, value in enumerate(parts)}
    for number, mixture in enumerate(made.mixtures):
        arrays |= {f"mixtures.{number}.{name}": value for name, value in vars(mixture).items()}
    if made.network is not None:
        tensors = made.network.state_dict()
        arrays |= {f"network.{name}": value.numpy() for name, value in tensors.items()}
    save_file(
        {name: np.array(value, order="C") for name, value in arrays.items()}, folder / WEIGHTS
    )
    if made.fitted is not None:
        save(made.fitted, folder / CLASSIFIER)
    about = {
        "method": made.method.model_dump(mode="json"),
        "classes": list(made.classes),
        "frames_shape": list(made.frames_shape),
        "inputs": list(made.front.inputs),
        "mixtures": len(made.mixtures),
    }
    (folder / ABOUT).write_text(json.dumps(about, indent=1, sort_keys=True))


def load_method(folder: Path) -> FittedMethod:
    """Read a method that `save_method` wrote.

    Runs no code from it. Raises MicfpError that names the file where one is missing or damaged, or
    where the two do not belong together.
    """
    about = _about(folder / ABOUT)
    arrays = _arrays(folder / WEIGHTS)
    try:
        method = MethodConfig.model_validate(about["method"])
        classes = tuple(str(name) for name in about["classes"])
        shape = tuple(int(n) for n in about["frames_shape"])
        front = front_of(about["inputs"], method.gaussians.relevance, _under(arrays, "front."))
        mixtures = tuple(
            Mixture(**_under(arrays, f"mixtures.{number}."))
            for number in range(int(about["mixtures"]))
        )
        made = FittedMethod(
            method,
            front,
            classes,
            shape,
            tuple(arrays[f"shift.{n}"] for n in range(_count(arrays, "shift."))),
            tuple(arrays[f"scale.{n}"] for n in range(_count(arrays, "scale."))),
            _network(method, front, shape, len(classes), _under(arrays, "network.")),
            load(folder / CLASSIFIER) if method.classifier is not None else None,
            mixtures,
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise MicfpError(
            f"{folder}: {ABOUT} and {WEIGHTS} do not belong together, or are of another version "
            f"({' '.join(str(error).split())[:200]}); fit the method again"
        ) from None
    if made.fitted is not None and made.fitted.classes != classes:
        raise MicfpError(
            f"{folder / CLASSIFIER}: knows other classes than {ABOUT}; fit the method again"
        )
    return made


def _about(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MicfpError(f"{path.parent}: no method there (no {path.name})") from None
    except (OSError, ValueError) as error:
        raise MicfpError(f"{path}: damaged ({error}); fit the method again") from None


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays: dict[str, NDArray[Any]] = load_file(path)
    except FileNotFoundError:
        raise MicfpError(f"{path}: there is no such file; fit the method again") from None
    except (SafetensorError, OSError) as error:
        raise MicfpError(f"{path}: damaged ({error}); fit the method again") from None
    for name, value in arrays.items():
        if not np.isfinite(value).all():
            raise MicfpError(f"{path}: {name} holds what is no number; fit the method again")
    return arrays


def _network(
    method: MethodConfig,
    front: Any,
    frames_shape: tuple[int, ...],
    n_classes: int,
    arrays: dict[str, NDArray[Any]],
) -> "nn.Module | None":
    """The network with its weights; None where there are none.

    Raises RuntimeError where a weight is missing, too many, or of another shape.
    """
    if not arrays:
        return None
    import torch

    network = untrained(method, front, frames_shape, n_classes, seed=0)
    network.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
    return network.eval()


def _under(arrays: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {n.removeprefix(prefix): v for n, v in arrays.items() if n.startswith(prefix)}


def _count(arrays: dict[str, NDArray[Any]], prefix: str) -> int:
    return len(_under(arrays, prefix))


def export_onnx(made: FittedMethod, path: Path) -> None:
    """Write the network of a method as ONNX, see `networks.onnx`.

    Raises MicfpError for a method that is no network.
    """
    if made.network is None or made.fitted is not None:
        raise MicfpError("only a network can be written as ONNX, and this method is none")
    from micfp.models.networks.onnx import write_onnx

    shapes = made.front.shapes(made.frames_shape)
    write_onnx(made.network, {str(n): s for n, s in shapes.items()}, made.shift, made.scale, path)
