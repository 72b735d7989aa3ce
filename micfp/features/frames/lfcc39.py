"""13 LFCC and their two slopes: `mfcc39` with bands of equal width in hertz.

Zeng, Zhao and Wang 2024, II-B: "Kotropoulos et al. utilized GMM to extract more characteristic
recording device features, inputting features such as MFCC and LFCC into GMM to construct GSV."
"""

from micfp.features.frames.family import FrameFamily
from micfp.features.frames.linear import linear_energies
from micfp.features.frames.mel import N_CEPSTRA, cepstra, with_slopes
from micfp.features.frames.settings import CepstraSettings
from micfp.features.spectrum import Float32


def _matrix(samples: Float32, rate_hz: int, settings: CepstraSettings) -> Float32:
    return with_slopes(cepstra(linear_energies(samples, rate_hz, settings)), settings.delta_width)


FAMILY = FrameFamily(CepstraSettings, lambda settings: 3 * N_CEPSTRA, _matrix)
