"""Parameters of degraded copies: those that models train with, and those that they are asked about.

The first imitate no codec that the second have, so that what is said of these holds for others.
"""

from typing import Annotated, Any

from pydantic import Field

from micfp.config.base import Section
from micfp.degrade.registry import Degradation

Chain = Annotated[tuple[Degradation, ...], Field(min_length=1)]


def _noise(colour: str, snr_db: float) -> dict[str, Any]:
    return {"kind": "noise", "colour": colour, "snr_db": snr_db}


def _rates(*rates_hz: int) -> list[dict[str, Any]]:
    return [{"kind": "resample", "rate_hz": rate_hz} for rate_hz in rates_hz]


def default_copies() -> dict[str, Any]:
    """A noise, what a wide and a narrow band leave, and a codec that stands for all others."""
    return {
        "noisy": [_noise("pink", 20)],
        "wideband": _rates(16000, 44100),
        "narrowband": [{"kind": "band", "low_hz": 300}, *_rates(8000), _noise("white", 25)],
        "coded": [{"kind": "vorbis", "kbit_s": 32}],
    }


def default_ways() -> dict[str, Any]:
    """What messengers and telephones make of a recording."""
    return {
        "as a messenger sends it": {
            "opus-16": [{"kind": "opus", "kbit_s": 16}],
            "opus-24": [{"kind": "opus", "kbit_s": 24}],
            "aac-64": [{"kind": "aac", "kbit_s": 64}],
        },
        "by telephone": {
            "g711-mu": [{"kind": "g711", "law": "mu"}],
            "gsm": [{"kind": "gsm"}],
            "amr-12.2": [{"kind": "amr_nb", "kbit_s": 12.2}],
        },
    }


class AugmentConfig(Section):
    """Degraded copies that the classifiers of `snakemake all` train with, beside the recordings."""

    enabled: bool = Field(False, description="presets of one's own recordings say true")
    copies: dict[str, Chain] = Field(
        default_factory=default_copies, validate_default=True, description="chains by name"
    )


class WaysConfig(Section):
    """Ways that test recordings may have come by: the chosen model is asked about copies of them.

    Each is a row of the report's first page, beside the recordings as they are.
    """

    enabled: bool = Field(False, description="presets of one's own recordings say true")
    chains: dict[str, dict[str, Chain]] = Field(
        default_factory=default_ways,
        validate_default=True,
        description="by way, and by name: a row is the mean of its chains",
    )
