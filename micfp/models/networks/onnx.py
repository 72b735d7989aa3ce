"""A network as ONNX, for programs without PyTorch."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

OPSET = 17


def write_onnx(
    network: nn.Module,
    shapes: Mapping[str, tuple[int, ...]],
    shift: Sequence[NDArray[np.float32]],
    scale: Sequence[NDArray[np.float32]],
    path: Path,
) -> None:
    """Write a network with its standardisation, from its inputs to one logit a class.

    The inputs have the names of `shapes`, float32 (rows, *shape), any number of rows. What they are
    made of (frames, supervectors) is not in it.
    """
    example = tuple(torch.zeros(2, *shape) for shape in shapes.values())
    free = {name: {0: "rows"} for name in (*shapes, "logits")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter, about itself
        # The exporter by tracing: the newer one takes minutes for the 256 steps of the loops.
        torch.onnx.export(
            Standardised(network, shift, scale).eval(),
            example,
            str(path),
            input_names=list(shapes),
            output_names=["logits"],
            dynamic_axes=free,
            opset_version=OPSET,
            dynamo=False,
        )


class Standardised(nn.Module):
    """A network that takes its inputs as they are made."""

    def __init__(
        self,
        network: nn.Module,
        shift: Sequence[NDArray[np.float32]],
        scale: Sequence[NDArray[np.float32]],
    ) -> None:
        super().__init__()
        self.network = network
        self.shift, self.scale = (
            nn.ParameterList(
                nn.Parameter(torch.from_numpy(np.array(part)), requires_grad=False)
                for part in parts
            )
            for parts in (shift, scale)
        )

    def forward(self, *inputs: Tensor) -> Tensor:
        """Logits (rows, classes)."""
        standard = [
            (x - shift) / scale
            for x, shift, scale in zip(inputs, self.shift, self.scale, strict=True)
        ]
        logits: Tensor = self.network(*standard)
        return logits
