"""What several networks have in common."""

from torch import nn


def pooled_convolution(channels: int, filters: int, groups: int = 1) -> nn.Sequential:
    """Maps (batch, channels, rows, columns) to (batch, filters, rows // 2, columns // 2).

    3 x 3 convolution, the largest of each 2 x 2, batch normalisation, ReLU. Pooled first, since
    that saves a third of the time. Without a bias, which the normalisation would take out again.
    A filter sees the channels of its group alone.
    """
    return nn.Sequential(
        nn.Conv2d(channels, filters, 3, padding=1, groups=groups, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(filters),
        nn.ReLU(),
    )


def pooled_along(channels: int, filters: int, kernel: int) -> nn.Sequential:
    """Series (batch, channels, n) to (batch, filters, n // 2), as `pooled_convolution`."""
    return nn.Sequential(
        nn.Conv1d(channels, filters, kernel, padding=kernel // 2, bias=False),
        nn.MaxPool1d(2),
        nn.BatchNorm1d(filters),
        nn.ReLU(),
    )


def check_at_least(least: int, n: int, what: str) -> None:
    """Raises ValueError where there are fewer than `least` of something: "1 classes: ..."."""
    if n < least:
        raise ValueError(f"{n} {what}: there must be {least} or more")
