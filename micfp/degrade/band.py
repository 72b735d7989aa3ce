"""A band-limit."""

from typing import Literal, Self

from pydantic import Field, model_validator

from micfp.degrade.filters import without_delay
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.errors import MicfpError

STOP_DB = 80
TRANSITION_SHARE = 0.1  # of an edge, half on either side of it


class BandConfig(DegradationConfig):
    """A band-limit; with one edge a high-pass or low-pass filter."""

    kind: Literal["band"]
    low_hz: float | None = Field(None, gt=0, description="lower edge; null: none")
    high_hz: float | None = Field(None, gt=0, description="upper edge; null: none")

    @model_validator(mode="after")
    def _has_a_band(self) -> Self:
        if self.low_hz is None and self.high_hz is None:
            raise ValueError("a band needs low_hz, high_hz or both")
        if self.low_hz is not None and self.high_hz is not None and self.low_hz >= self.high_hz:
            raise ValueError(f"low_hz {self.low_hz:g} is not below high_hz {self.high_hz:g}")
        return self


def band(
    samples: Float32, sample_rate_hz: int, low_hz: float | None, high_hz: float | None
) -> Float32:
    """Keep what lies between two edges, or on one side of one.

    Linear-phase FIR (Kaiser window) without its delay: -6 dB at an edge, -80 dB a twentieth of the
    lower edge further out; -76 dB where an upper edge comes near half the sample rate.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        low_hz, high_hz: edges; None: none on that side.

    Returns
    -------
        float32 (n,).

    Raises
    ------
        MicfpError: an edge whose transition reaches half the sample rate.
    """
    from scipy.signal import firwin, kaiserord

    edges = [edge for edge in (low_hz, high_hz) if edge is not None]
    if max(edges) * (1 + TRANSITION_SHARE / 2) >= sample_rate_hz / 2:
        raise MicfpError(
            f"{sample_rate_hz} Hz cannot have a band edge at {max(edges):g} Hz; set one below "
            f"{sample_rate_hz / 2 / (1 + TRANSITION_SHARE / 2):.0f} Hz"
        )
    n_taps, beta = kaiserord(STOP_DB, min(edges) * TRANSITION_SHARE / (sample_rate_hz / 2))
    taps = firwin(
        n_taps | 1,
        edges,
        window=("kaiser", beta),
        pass_zero={(True, False): "highpass", (False, True): "lowpass"}.get(
            (low_hz is not None, high_hz is not None), "bandpass"
        ),
        fs=sample_rate_hz,
    )
    return without_delay(samples, taps)


KIND = DegradationKind(
    BandConfig,
    lambda x, section, rng: x.having(band(x.samples, x.rate_hz, section.low_hz, section.high_hz)),
)
