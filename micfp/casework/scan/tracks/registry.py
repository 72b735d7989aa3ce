"""What is followed over time beside the device: of samples (n,) and their rate in Hz, a track."""

from collections.abc import Callable

from micfp.casework.scan.track import Track
from micfp.fingerprint.embedding.spectra import Float32

TRACKS: tuple[Callable[[Float32, int], Track], ...] = ()
