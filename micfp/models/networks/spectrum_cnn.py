"""Convolutions along the mean spectrum.

Zeng, Zhao and Wang 2024, II-C: "Verma et al. conducted a comparison between Discrete Fourier
Transform (DFT) frequency features and BED features on a designed Convolutional Neural Network (CNN)
model." After Verma and Khanna 2021, "Speaker-independent source cell-phone identification for
re-compressed and noisy audio recordings". How many layers theirs has the paper does not say.
"""

from torch import Tensor, nn

from micfp.models.method_config import MethodConfig, Shapes
from micfp.models.networks.blocks import check_at_least, pooled_along

FILTERS = (16, 32, 64)
KERNEL = 5
POOLED = 2 ** len(FILTERS)  # points of the spectrum that become one
HIDDEN = 128


class SpectrumCnn(nn.Module):
    """Spectra, or differences along them, to one score per class; first their mean over time.

    The last maps are flattened, not averaged: at which frequency something is says much of a
    device.
    """

    def __init__(self, n_features: int, n_classes: int) -> None:
        """n_features: points of a spectrum (128 of DFT, 127 of BED); n_classes: devices.

        Raises ValueError where there is nothing to tell apart, or to pool three times.
        """
        super().__init__()
        check_at_least(2, n_classes, "classes")
        check_at_least(POOLED, n_features, "points")
        self.maps = nn.Sequential()
        channels = 1
        for filters in FILTERS:
            self.maps.append(pooled_along(channels, filters, KERNEL))
            channels = filters
        self.head = nn.Sequential(
            nn.Linear(channels * (n_features // POOLED), HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, n_classes),
        )

    def forward(self, frames: Tensor) -> Tensor:
        """Logits (batch, classes) of (batch, frames, points)."""
        maps = self.maps(frames.mean(1).unsqueeze(1))  # (batch, 64, points // 8)
        scores: Tensor = self.head(maps.flatten(1))
        return scores


def build(method: MethodConfig, shapes: Shapes, n_classes: int) -> nn.Module:
    """The untrained network of a method; its weights come from torch's generator."""
    return SpectrumCnn(shapes["frames"][1], n_classes)
