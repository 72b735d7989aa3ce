"""Convolutions over the Gaussian supervector as a map (GSV + CNN of the paper's Tables V and VI).

After Baldini, Amerini and Gentile (2019), who take such a network to spectra.
"""

from torch import Tensor, nn

from micfp.models.method_config import MethodConfig, Shapes
from micfp.models.networks.blocks import check_at_least, pooled_convolution

FILTERS = (32, 64, 128)
POOLED = 2 ** len(FILTERS)  # rows or columns of the map that become one
HIDDEN = 64


class GsvCnn(nn.Module):
    """A supervector to one score per class.

    Three convolutions, then a dense layer that knows the places of the map: a component and a
    feature mean something by their number, unlike the places of a picture.
    """

    def __init__(self, n_components: int, n_features: int, n_classes: int) -> None:
        """n_components, n_features: of the supervector (64, 39 in the paper); n_classes: devices.

        Raises ValueError where there is nothing to tell apart, or to pool three times.
        """
        super().__init__()
        check_at_least(2, n_classes, "classes")
        check_at_least(POOLED, n_components, "components")
        check_at_least(POOLED, n_features, "features")
        self.maps = nn.Sequential(
            pooled_convolution(1, FILTERS[0]),
            pooled_convolution(FILTERS[0], FILTERS[1]),
            pooled_convolution(FILTERS[1], FILTERS[2]),
        )
        width = FILTERS[2] * (n_components // POOLED) * (n_features // POOLED)
        self.head = nn.Sequential(nn.Linear(width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, n_classes))

    def forward(self, gsv: Tensor) -> Tensor:
        """Logits (batch, classes) of (batch, components, features)."""
        maps = self.maps(gsv.unsqueeze(1))  # (batch, 128, components // 8, features // 8)
        scores: Tensor = self.head(maps.flatten(1))
        return scores


def build(method: MethodConfig, shapes: Shapes, n_classes: int) -> nn.Module:
    """The untrained network of a method; its weights come from torch's generator."""
    n_components, n_features = shapes["gsv"]
    return GsvCnn(n_components, n_features, n_classes)
