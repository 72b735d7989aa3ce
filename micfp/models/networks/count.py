"""How large a network is."""

from torch import nn


def parameter_count(network: nn.Module) -> int:
    """Numbers that a network holds as the paper counts: what is trained, and running statistics."""
    trained = sum(value.numel() for value in network.parameters() if value.requires_grad)
    running = sum(
        value.numel()
        for name, value in network.named_buffers()
        if name.endswith(("running_mean", "running_var"))
    )
    return trained + running
