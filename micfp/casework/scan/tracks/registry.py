"""The tracks beside the device, in the order in which they are shown."""

from collections.abc import Callable

from micfp.audio import Float32
from micfp.casework.scan.track import Track
from micfp.casework.scan.tracks.background import background
from micfp.casework.scan.tracks.discontinuities import discontinuities
from micfp.casework.scan.tracks.hum import hum
from micfp.casework.scan.tracks.offset import offset
from micfp.casework.scan.tracks.repeats import repeats
from micfp.casework.scan.tracks.silence import silence

TRACKS: tuple[Callable[[Float32, int], Track], ...] = (
    hum,
    background,
    offset,
    silence,
    repeats,
    discontinuities,
)
"""Each a function of samples, float32 (n,) as decoded, and their rate in Hz."""
