"""Inception modules with shortcuts over a spectrogram.

Zeng, Zhao and Wang 2024, II-C: "Shen et al. presented a recording device recognition model based on
the Residual Neural Network (ResNet), combining ResNet with GoogLeNet to construct a comprehensive
network model." After Shen, Shao, Ge and Liu 2021, "RARS: recognition of audio recording source
based on residual neural network"; the module is that of Szegedy et al. 2015, the shortcut that of
He et al. 2016. Numbers of modules and filters are ours. "VAD and spectral subtraction" (II-C) are
left out: noise is the device's own, too.
"""

import torch
from torch import Tensor, nn

from micfp.models.method_config import MethodConfig, Shapes
from micfp.models.networks.blocks import check_at_least, pooled_convolution

STEM = 8
FILTERS = (16, 32, 64)
BRANCHES = 4
POOLED = 2 ** (1 + len(FILTERS))  # frames or bands that become one


class ResidualInception(nn.Module):
    """A spectrogram to one score per class.

    Its maps are averaged over time but not over bands, as those of `plain_cnn`.
    """

    def __init__(self, n_frames: int, n_features: int, n_classes: int) -> None:
        """n_frames, n_features: of a sample (features are bands); n_classes: devices.

        Raises ValueError where there is nothing to tell apart, or to pool four times.
        """
        super().__init__()
        check_at_least(2, n_classes, "classes")
        check_at_least(POOLED, n_frames, "frames")
        check_at_least(POOLED, n_features, "bands")
        self.maps = nn.Sequential(pooled_convolution(1, STEM))
        channels = STEM
        for filters in FILTERS:
            self.maps.extend([Inception(channels, filters), nn.MaxPool2d(2)])
            channels = filters
        self.head = nn.Linear(channels * (n_features // POOLED), n_classes)

    def forward(self, frames: Tensor) -> Tensor:
        """Logits (batch, classes) of (batch, frames, bands)."""
        maps = self.maps(frames.unsqueeze(1))  # (batch, 64, frames // 16, bands // 16)
        scores: Tensor = self.head(maps.mean(2).flatten(1))
        return scores


class Inception(nn.Module):
    """Four branches side by side, with a quarter of the filters each, and a shortcut over them.

    1 x 1; 3 x 3 and 5 x 5, each behind a 1 x 1 that has fewer channels; the largest of 3 x 3, then
    1 x 1. The shortcut is a 1 x 1, since the number of channels changes.
    """

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        quarter = filters // BRANCHES
        self.branches = nn.ModuleList(
            [
                nn.Conv2d(channels, quarter, 1, bias=False),
                _behind(channels, quarter, 3),
                _behind(channels, quarter, 5),
                nn.Sequential(
                    nn.MaxPool2d(3, stride=1, padding=1),
                    nn.Conv2d(channels, quarter, 1, bias=False),
                ),
            ]
        )
        self.normalise = nn.BatchNorm2d(filters)
        self.shortcut = nn.Conv2d(channels, filters, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """(batch, filters, rows, columns) of (batch, channels, rows, columns)."""
        side_by_side = torch.cat([branch(maps) for branch in self.branches], 1)
        return torch.relu(self.normalise(side_by_side) + self.shortcut(maps))


def _behind(channels: int, filters: int, kernel: int) -> nn.Sequential:
    """A convolution behind a 1 x 1."""
    return nn.Sequential(
        nn.Conv2d(channels, filters, 1),
        nn.ReLU(),
        nn.Conv2d(filters, filters, kernel, padding=kernel // 2, bias=False),
    )


def build(method: MethodConfig, shapes: Shapes, n_classes: int) -> nn.Module:
    """The untrained network of a method; its weights come from torch's generator."""
    n_frames, n_features = shapes["frames"]
    return ResidualInception(n_frames, n_features, n_classes)
