"""A network by its name (`micfp.models.method_config.NETWORKS`), for what goes in."""

import importlib

from torch import nn

from micfp.errors import MicfpError
from micfp.models.method_config import MethodConfig, Shapes


def build(method: MethodConfig, shapes: Shapes, n_classes: int) -> nn.Module:
    """An untrained network; its weights come from torch's generator.

    Raises MicfpError where the network finds no room in them.
    """
    module = importlib.import_module(f"micfp.models.networks.{method.network}")
    try:
        network: nn.Module = module.build(method, shapes, n_classes)
    except ValueError as error:
        raise MicfpError(
            f"the network {method.network} cannot be built: {error}; see its frame set, its "
            "gaussians and the corpus"
        ) from None
    return network
