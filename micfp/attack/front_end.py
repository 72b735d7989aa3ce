"""From samples to log-mel frames in PyTorch, so that a loss has a gradient for every sample."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from micfp.errors import MicfpError
from micfp.features.frames import FrameSet
from micfp.features.frames.mel import FLOOR, frame_starts, hamming
from micfp.features.spectrum import mel_filters
from micfp.models.methods import FittedMethod


class LogMel(nn.Module):
    """What `features.frames.frame_matrix` makes of segments of one length, differentiable."""

    def __init__(self, n_samples: int, sample_rate_hz: int, settings: FrameSet) -> None:
        """n_samples: of a segment; settings: of the family log_mel, at the recording's own rate.

        Raises MicfpError for another frame set, or segments that are too short for it.
        """
        super().__init__()
        if settings.family != "log_mel" or settings.rate_hz not in ("native", sample_rate_hz):
            raise MicfpError(
                f"perturbations need a network over log_mel frames at the recordings' own rate; "
                f"its frame set is {settings.family} at {settings.rate_hz}"
            )
        frame_samples = max(1, round(settings.frame_s * sample_rate_hz))
        starts = frame_starts(n_samples, frame_samples, sample_rate_hz, settings)
        within = torch.from_numpy(starts)[:, None] + torch.arange(frame_samples)
        self.n_fft = 1 << math.ceil(math.log2(frame_samples))
        self.pre_emphasis = settings.pre_emphasis
        self.register_buffer("within", within)
        self.register_buffer("window", torch.from_numpy(hamming(frame_samples).copy()))
        filters = mel_filters(sample_rate_hz, self.n_fft, settings.n_mels)
        self.register_buffer("filters", torch.from_numpy(filters.T.copy()))

    def forward(self, samples: Tensor) -> Tensor:
        """Frames in dB, (batch, n_frames, n_mels), of samples (batch, n_samples)."""
        own: Any = self
        first = samples[:, :1]
        emphasised = torch.cat([first, samples[:, 1:] - self.pre_emphasis * samples[:, :-1]], 1)
        spectrum = torch.fft.rfft(emphasised[:, own.within] * own.window, self.n_fft)
        power = spectrum.real.square() + spectrum.imag.square()
        energies: Tensor = power @ own.filters
        return 10 * torch.log10(energies.clamp_min(FLOOR))


class OnWaveforms(nn.Module):
    """A fitted network with everything before it: samples to logits."""

    def __init__(self, made: FittedMethod, front_end: LogMel) -> None:
        """Raises MicfpError for a method that is no network over frames."""
        super().__init__()
        if made.network is None or made.fitted is not None or len(made.shift) != 1:
            raise MicfpError("perturbations need a method that is one network over frames")
        self.network = made.network.eval()
        self.front_end = front_end
        self.register_buffer("shift", torch.from_numpy(made.shift[0].copy()))
        self.register_buffer("scale", torch.from_numpy(made.scale[0].copy()))

    def forward(self, samples: Tensor) -> Tensor:
        """Logits (batch, classes) of samples (batch, n_samples)."""
        own: Any = self
        logits: Tensor = self.network((self.front_end(samples) - own.shift) / own.scale)
        return logits
