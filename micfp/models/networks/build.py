"""A network by its name, for what goes in."""

from collections.abc import Mapping

from torch import nn

from micfp.errors import MicfpError
from micfp.models.method_config import Input, MethodConfig
from micfp.models.networks.cross_scale import CrossScale, CrossScaleShape
from micfp.models.networks.gsv_cnn import GsvCnn, GsvCnnShape
from micfp.models.networks.multi_attention import MultiAttention, MultiAttentionShape
from micfp.models.networks.multi_feature_fusion import MultiFeatureFusion, MultiFeatureFusionShape
from micfp.models.networks.plain_cnn import PlainCnn, PlainCnnShape
from micfp.models.networks.plain_rnn import PlainRnn, PlainRnnShape


def build(
    method: MethodConfig, shapes: Mapping[Input, tuple[int, ...]], n_classes: int
) -> nn.Module:
    """An untrained network; its weights come from torch's generator.

    shapes: of a row of each input: frames (T, F), gsv (components, F), ivector (numbers,).
    Raises MicfpError where the network finds no room in them.
    """
    try:
        return _built(method, shapes, n_classes)
    except ValueError as error:
        raise MicfpError(
            f"the network {method.network} cannot be built: {error}; see its frame set, its "
            "gaussians and the corpus"
        ) from None


def _built(
    method: MethodConfig, shapes: Mapping[Input, tuple[int, ...]], n_classes: int
) -> nn.Module:
    if method.network == "gsv_cnn":
        n_components, n_features = shapes["gsv"]
        return GsvCnn(GsvCnnShape(n_components, n_features, n_classes))
    n_frames, n_features = shapes["frames"]
    if method.network == "cross_scale":
        blocks = {name: name in method.blocks for name in ("convlstm", "bilstm", "transformer")}
        return CrossScale(
            CrossScaleShape(
                n_frames,
                n_features,
                n_classes,
                **blocks,
                peepholes=method.peepholes,
                filters=method.filters,
                units=method.units,
            )
        )
    if method.network == "plain_cnn":
        return PlainCnn(PlainCnnShape(n_frames, n_features, n_classes))
    if method.network == "plain_rnn":
        return PlainRnn(PlainRnnShape(n_frames, n_features, n_classes))
    n_components, _ = shapes["gsv"]
    if method.network == "multi_attention":
        return MultiAttention(MultiAttentionShape(n_frames, n_components, n_features, n_classes))
    (n_factors,) = shapes["ivector"]
    return MultiFeatureFusion(
        MultiFeatureFusionShape(n_frames, n_components, n_features, n_factors, n_classes)
    )
