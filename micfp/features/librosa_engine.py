"""The families that librosa has, by librosa itself: the reference engine.

Each of its functions is called as a user of librosa would call it, and so computes its own spectra.
What librosa refuses where the fast engine has a rule of its own is NaN: the spectral contrast with
a band above the Nyquist frequency, or with one that is narrower than the bins. A segment with fewer
frames than `delta_width` gets slopes over the widest odd number of frames that it has, as in the
fast engine.
"""

import warnings
from typing import Any

from micfp.features.family import Family, Values
from micfp.features.registry import FAMILIES, FeatureSet
from micfp.features.spectrum import Float32, Segment


def resample(samples: Float32, from_hz: int, to_hz: int) -> Float32:
    """Change the rate of float32 (n,) samples as `librosa.load` does."""
    import librosa

    changed: Float32 = librosa.resample(
        samples, orig_sr=from_hz, target_sr=to_hz, res_type="soxr_hq"
    )
    return changed


def frame_values(segment: Segment, settings: FeatureSet) -> dict[str, Values]:
    """Values of every frame, (frames, rows), of each chosen family; librosa has all of them."""
    from librosa import feature

    chosen = {name: FAMILIES[name] for name in settings.families}
    bases = [family.base for family in chosen.values() if family.base is not None]
    values: dict[Family[Any], Values] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a segment that is shorter than a frame is padded
        for family in dict.fromkeys([*bases, *chosen.values()]):
            assert family.librosa is not None
            made_from = segment if family.base is None else values[family.base]
            values[family] = family.librosa(feature, made_from, settings)
    return {name: values[family].T for name, family in chosen.items()}
