"""Linear-frequency cepstral coefficients: `mfcc` with filters of equal width in hertz.

The same window, decibels, limit of 80 dB and DCT; the filters are triangles spaced evenly from 0 Hz
to the Nyquist frequency, so that high frequencies weigh as much as low ones (Zhou, Garcia-Romero,
Duraiswami, Espy-Wilson and Shamma 2011, "Linear versus mel frequency cepstral coefficients for
speaker recognition").
"""

from micfp.features import mfcc
from micfp.features.family import Family
from micfp.features.settings import CepstraSettings
from micfp.features.spectrum import Block, Float32, filtered, linear_filters, power_to_db


def log_linear(block: Block, n_filters: int) -> Float32:
    """Spectrum of a block in dB, not yet limited to 80 dB, float32 (frames, n_filters)."""
    segment = block.segment
    return power_to_db(
        filtered(block.power, linear_filters, segment.sample_rate_hz, segment.n_fft, n_filters)
    )


FAMILY = Family(
    settings=CepstraSettings,
    rows=mfcc.FAMILY.rows,
    of_block=lambda block, settings: log_linear(block, settings.n_mels),
    finish=mfcc.FAMILY.finish,
)
