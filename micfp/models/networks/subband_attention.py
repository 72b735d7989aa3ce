"""Convolutions for each sub-band of the spectrogram, weighed by attention.

Zeng, Zhao and Wang 2024, II-C: "Lin et al. proposed a sub-band perception self-attention mechanism
CNN, directing attention to the most relevant frequency band segments in the spectrogram for a more
efficient feature representation." Lin, Zhu and Chen 2020, "Subband aware CNN for cell-phone
recognition", have "a channel attention mechanism based on subband awareness" in "a multi-stream
network": a stream a sub-band here, and a weight for each channel of each stream, from all streams.
Numbers of streams, layers and filters are ours.
"""

from torch import Tensor, nn

from micfp.models.method_config import MethodConfig, Shapes
from micfp.models.networks.blocks import check_at_least, pooled_convolution

STREAMS = 8
FILTERS = (8, 16)  # of a stream
POOLED = 2 ** len(FILTERS)  # frames or bands that become one
SQUEEZED = 32
HIDDEN = 128


class SubbandAttention(nn.Module):
    """A spectrogram to one score per class: eight streams, each with kernels of its own.

    Bands that are left when they are divided by eight, the highest, are not looked at.
    """

    def __init__(self, n_frames: int, n_features: int, n_classes: int) -> None:
        """n_frames, n_features: of a sample (features are bands); n_classes: devices.

        Raises ValueError where there is nothing to tell apart, or to pool twice in each stream.
        """
        super().__init__()
        check_at_least(2, n_classes, "classes")
        check_at_least(POOLED, n_frames, "frames")
        check_at_least(STREAMS * POOLED, n_features, "bands")
        first, second = (STREAMS * filters for filters in FILTERS)
        self.width = n_features // STREAMS
        self.maps = nn.Sequential(
            pooled_convolution(STREAMS, first, groups=STREAMS),
            pooled_convolution(first, second, groups=STREAMS),
        )
        self.attention = nn.Sequential(
            nn.Linear(second, SQUEEZED), nn.ReLU(), nn.Linear(SQUEEZED, second), nn.Sigmoid()
        )
        self.head = nn.Sequential(
            nn.Linear(second * (self.width // POOLED), HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, n_classes),
        )

    def forward(self, frames: Tensor) -> Tensor:
        """Logits (batch, classes) of (batch, frames, bands)."""
        maps = self.maps(self.streams(frames)).mean(2)  # (batch, 128, bands // 32)
        weighed = maps * self.attention(maps.mean(2)).unsqueeze(2)
        scores: Tensor = self.head(weighed.flatten(1))
        return scores

    def streams(self, frames: Tensor) -> Tensor:
        """Neighbouring bands (batch, 8, frames, bands // 8) of (batch, frames, bands)."""
        kept = frames[:, :, : STREAMS * self.width]
        return kept.view(*kept.shape[:2], STREAMS, self.width).transpose(1, 2)


def build(method: MethodConfig, shapes: Shapes, n_classes: int) -> nn.Module:
    """The untrained network of a method; its weights come from torch's generator."""
    n_frames, n_features = shapes["frames"]
    return SubbandAttention(n_frames, n_features, n_classes)
