"""A plain convolutional network over log-mel frames."""

from torch import Tensor, nn
from torch.nn import functional

from micfp.models.method_config import MethodConfig, Shapes
from micfp.models.networks.blocks import check_at_least, pooled_convolution

FILTERS = (16, 32, 64, 128)
POOLED = 2 ** len(FILTERS)  # frames or bands that become one
HIDDEN = 128


class PlainCnn(nn.Module):
    """Frames to one score per class.

    Its maps are averaged over time but not over bands: at which frequency something is says much of
    a device, when it is says nothing.
    """

    def __init__(
        self, n_frames: int, n_features: int, n_classes: int, dropout: float = 0.0
    ) -> None:
        """n_frames, n_features: of a sample (features are mel bands); n_classes: devices.

        dropout: the share (0..1) of hidden units that are left out of each training step.

        Raises ValueError where there is nothing to tell apart, or to pool four times.
        """
        super().__init__()
        self.dropout = dropout
        check_at_least(2, n_classes, "classes")
        check_at_least(POOLED, n_frames, "frames")
        check_at_least(POOLED, n_features, "bands")
        self.maps = nn.Sequential(
            pooled_convolution(1, FILTERS[0]),
            pooled_convolution(FILTERS[0], FILTERS[1]),
            pooled_convolution(FILTERS[1], FILTERS[2]),
            pooled_convolution(FILTERS[2], FILTERS[3]),
        )
        self.head = nn.Sequential(
            nn.Linear(FILTERS[3] * (n_features // POOLED), HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, n_classes),
        )

    def forward(self, frames: Tensor) -> Tensor:
        """Logits (batch, classes) of (batch, frames, bands)."""
        maps = self.maps(frames.unsqueeze(1))  # (batch, 128, frames // 16, bands // 16)
        hidden = self.head[:-1](maps.mean(2).flatten(1))  # of (batch, 128 x (bands // 16))
        scores: Tensor = self.head[-1](functional.dropout(hidden, self.dropout, self.training))
        return scores


def build(method: MethodConfig, shapes: Shapes, n_classes: int) -> nn.Module:
    """The untrained network of a method; its weights come from torch's generator."""
    n_frames, n_features = shapes["frames"]
    return PlainCnn(n_frames, n_features, n_classes, method.dropout)
