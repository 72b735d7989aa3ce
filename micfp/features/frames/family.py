"""What a frame family is: its settings, how wide its frames are, and how they are made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from micfp.features.frames.settings import FrameSettings
from micfp.features.spectrum import Float32

S = TypeVar("S", bound=FrameSettings)


@dataclass(frozen=True)
class FrameFamily(Generic[S]):
    """A family of frame matrices.

    Attributes
    ----------
    settings
        Its fields are what the family reads of a frame set: the key of its results holds these.
    width
        Numbers per frame.
    matrix
        Frames, float32 (n_frames, width), of the finite samples (n,) of a segment and their rate in
        Hz. MicfpError for a segment that has fewer frames than are wanted.
    version
        Is raised whenever the same settings give other frames: above 1 it is part of the key of
        every result that has them.
    """

    settings: type[S]
    width: Callable[[S], int]
    matrix: Callable[[Float32, int, S], Float32]
    version: int = 1
