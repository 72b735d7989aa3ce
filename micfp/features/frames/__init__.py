"""Frame matrices: a fixed number of frames of a segment, each a row of numbers; a file a family.

What networks, and mixtures of Gaussians, learn from.
"""

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from micfp.audio import resample
from micfp.config.base import Section
from micfp.features.frames import (
    bed,
    dft,
    lfcc39,
    log_linear,
    log_mel,
    mfcc39,
    timing_tandem,
    waveform,
)
from micfp.features.frames.family import FrameFamily
from micfp.features.spectrum import Float32

FRAME_FAMILIES: dict[str, FrameFamily[Any]] = {
    "timing_tandem": timing_tandem.FAMILY,
    "mfcc39": mfcc39.FAMILY,
    "log_mel": log_mel.FAMILY,
    "lfcc39": lfcc39.FAMILY,
    "log_linear": log_linear.FAMILY,
    "dft": dft.FAMILY,
    "bed": bed.FAMILY,
    "waveform": waveform.FAMILY,
}

SWITCHES = ("cmvn", "log_energy", "pre_fbank")  # each of one family, in which others have no part
MOST_FRAMES = 2**14  # but of waveform, whose frames are samples

if TYPE_CHECKING:
    FrameFamilyName = str
else:
    FrameFamilyName = Literal[tuple(FRAME_FAMILIES)]


class _OneFamily(Section):
    family: FrameFamilyName = Field(description="what a frame holds, by name")


# pydantic lists the fields of the last base first: so does params.yaml. A family without settings
# of its own need not stand here.
class FrameSet(
    timing_tandem.TimingTandemSettings, dft.DftSettings, mfcc39.Mfcc39Settings, _OneFamily
):
    """One table of frame matrices, each of `n_frames` frames of a segment.

    timing_tandem: 12 MFCC, log energy, their first and second slopes, and the mel energies (Zeng,
    Zhao and Wang 2024, IV-A); mfcc39: 13 MFCC and their two slopes; log_mel: the mel energies in
    dB; lfcc39, log_linear: as mfcc39 and log_mel, in bands of equal width in hertz; dft: the
    spectrum's points in dB; bed: their differences; waveform: the samples themselves, `n_frames`
    of them, for training against perturbations of them.
    """

    @model_validator(mode="after")
    def _sets_what_its_family_reads(self) -> Self:
        for name in SWITCHES:
            changed = getattr(self, name) != type(self).model_fields[name].default
            if changed and name not in FRAME_FAMILIES[self.family].settings.model_fields:
                (of,) = (k for k, v in FRAME_FAMILIES.items() if name in v.settings.model_fields)
                raise ValueError(f"{name} is a setting of {of}, not of {self.family}")
        return self

    @model_validator(mode="after")
    def _fits_in_memory(self) -> Self:
        if self.family != "waveform" and self.n_frames > MOST_FRAMES:
            raise ValueError(
                f"n_frames is {self.n_frames}, and at most {MOST_FRAMES} of {self.family}"
            )
        return self


def settings_read(frames: FrameSet) -> dict[str, Any]:
    """Return the settings that a frame set's family reads: a change of another changes no result.

    Raises KeyError for a family that is not in `FRAME_FAMILIES`.
    """
    read = {"family", *FRAME_FAMILIES[frames.family].settings.model_fields}
    if frames.fixed_by != "cut":
        read.discard("hop_s")
    return frames.model_dump(mode="json", include=read)


def frame_matrix(samples: Float32, sample_rate_hz: int, settings: FrameSet) -> Float32:
    """Frames of one segment, float32 (n_frames, `width`).

    `samples` (n,) in -1..1, one channel. All NaN for a segment that is not finite. MicfpError for
    one that has fewer frames than are wanted.
    """
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    if samples.size and not np.isfinite([samples.min(), samples.max()]).all():
        return np.full((settings.n_frames, width(settings)), np.nan, np.float32)
    rate_hz = sample_rate_hz if settings.rate_hz == "native" else settings.rate_hz
    samples = resample(samples, sample_rate_hz, rate_hz)
    return FRAME_FAMILIES[settings.family].matrix(samples, rate_hz, settings)


def width(settings: FrameSet) -> int:
    """Numbers per frame: 73 for timing_tandem with 34 mel bands, 39 for mfcc39."""
    return FRAME_FAMILIES[settings.family].width(settings)
