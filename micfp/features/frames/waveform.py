"""The samples themselves, for training against perturbations of them."""

from micfp.errors import MicfpError
from micfp.features.frames.family import FrameFamily
from micfp.features.frames.settings import FrameSettings
from micfp.features.spectrum import Float32


def _matrix(samples: Float32, rate_hz: int, settings: FrameSettings) -> Float32:
    """The first `n_frames` samples, one in each frame."""
    if len(samples) < settings.n_frames:
        raise MicfpError(
            f"{len(samples)} samples, and {settings.n_frames} are wanted: cut longer segments, or "
            "set n_frames of the frame set lower"
        )
    return samples[: settings.n_frames, None]


FAMILY = FrameFamily(FrameSettings, lambda settings: 1, _matrix)
