"""Features of segments: one family per file, librosa's definitions, one row per segment.

`extract` turns the samples of one segment into one row of numbers; `column_names` names them. A
segment is resampled to the rate of the feature set as `librosa.load` would, cut into frames, and
the chosen families share the frames' spectra. What a family gives a frame is then summarised over
the frames by the aggregates: mean, standard deviation (of the population), quantiles (linear
interpolation). `ltas`, `noise_floor`, `loud_spectrum`, `bed` and `fourier_histogram` are spectra of
the whole segment and have no aggregate; `bed` alone is of the segment at its own rate.

With `engine: librosa` librosa itself resamples and gives the frames' values (`librosa_engine`): the
reference, of the same columns and summarised in the same way, but slower.

A segment that is empty or holds a NaN or an infinity gives NaN in every column; so does a family
that is not defined for it (HNR without a voiced frame, for one). Cleaning, which is fitted on
training rows, decides what becomes of NaN.
"""

from micfp.features.columns import column_names, family_of, used_columns
from micfp.features.extraction import extract, extract_many
from micfp.features.registry import FAMILIES, FeatureSet, settings_read, versions_read
from micfp.features.settings import BandsConfig

__all__ = [
    "FAMILIES",
    "BandsConfig",
    "FeatureSet",
    "column_names",
    "extract",
    "extract_many",
    "family_of",
    "settings_read",
    "used_columns",
    "versions_read",
]
