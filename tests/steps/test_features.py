"""What the name of a feature set's results stands on: the settings that its families read."""

from typing import get_args

import pytest

from micfp import store
from micfp.config import STUDY_FAMILIES, Params
from micfp.config.features import FamilyName, FeatureSet
from micfp.features import column_names
from micfp.steps.features import SETTINGS_OF, settings_read

SHARED = {"families", "rate_hz", "aggregates", "n_fft", "hop_samples"}


@pytest.mark.parametrize("family", get_args(FamilyName))
def test_a_set_of_one_family_stands_on_what_it_reads(family: FamilyName) -> None:
    read = settings_read(FeatureSet(families=(family,)))
    assert set(read) == SHARED | SETTINGS_OF.get(family, set())


@pytest.mark.parametrize("family", get_args(FamilyName))
def test_what_names_the_columns_is_read(family: FamilyName) -> None:
    """A setting that changes the number of columns and not the digest would mix up results."""
    plain = FeatureSet(families=(family,))
    for change in (
        *({"n_mfcc": 5}, {"lpc_order": 5}, {"bed_n_fft": 64}, {"fourier_n_fft": 64}),
        *({"contrast_bands": 2}, {"bands": {"n_bands": 8}}),
    ):
        changed = FeatureSet.model_validate({"families": (family,), **change})
        if len(column_names(changed)) != len(column_names(plain)):
            assert settings_read(changed) != settings_read(plain), change


def test_the_default_sets_have_the_names_that_they_had() -> None:
    """As before there were bed, lfcc, lpcc, fourier_histogram, non_speech_mfcc and noise_mfcc."""
    digests = {name: store.digest(settings_read(s)) for name, s in Params().features.items()}
    assert digests == {
        "thesis": "3e9a3249d646b2184dc4fefdd30a49bd",
        "ltas": "23f155f0b62cbdcd1aa812c780de6766",
        "study": "9c18566253b84633ab6365068c6ca91b",
    }
    assert Params().features["study"].families == STUDY_FAMILIES
    assert len(STUDY_FAMILIES) == 12
