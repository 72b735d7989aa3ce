"""The kinds of degradation by name, and the section of a chain, which is one of them."""

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from micfp.degrade import (
    aac,
    agc,
    amr_nb,
    band,
    bit_depth,
    clipping,
    equaliser,
    g711,
    gain,
    gsm,
    hum,
    measured_room,
    mp3,
    noise,
    noise_reduction,
    opus,
    packet_loss,
    pitch_shift,
    replay,
    resample,
    simulated_room,
    telephone,
    time_stretch,
    vorbis,
)
from micfp.degrade.kind import DegradationConfig, DegradationKind

DEGRADATIONS: dict[str, DegradationKind[Any]] = {
    "noise": noise.KIND,
    "hum": hum.KIND,
    "mp3": mp3.KIND,
    "aac": aac.KIND,
    "vorbis": vorbis.KIND,
    "opus": opus.KIND,
    "amr_nb": amr_nb.KIND,
    "g711": g711.KIND,
    "gsm": gsm.KIND,
    "telephone": telephone.KIND,
    "resample": resample.KIND,
    "band": band.KIND,
    "equaliser": equaliser.KIND,
    "gain": gain.KIND,
    "agc": agc.KIND,
    "clipping": clipping.KIND,
    "bit_depth": bit_depth.KIND,
    "packet_loss": packet_loss.KIND,
    "time_stretch": time_stretch.KIND,
    "pitch_shift": pitch_shift.KIND,
    "noise_reduction": noise_reduction.KIND,
    "measured_room": measured_room.KIND,
    "simulated_room": simulated_room.KIND,
    "replay": replay.KIND,
}

if TYPE_CHECKING:
    Degradation = DegradationConfig
else:
    Degradation = Annotated[
        Union[tuple(kind.section for kind in DEGRADATIONS.values())],  # noqa: UP007
        Field(discriminator="kind"),
    ]
