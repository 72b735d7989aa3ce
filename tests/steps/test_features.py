"""What the name of a feature set's results stands on: the settings that its families read."""

from typing import get_args

import pytest

from micfp import store
from micfp.config import STUDY_FAMILIES, Params
from micfp.config.features import FamilyName, FeatureSet
from micfp.features import column_names
from micfp.steps.features import SETTINGS_OF, settings_read

SHARED = {"families", "engine", "rate_hz", "aggregates", "n_fft", "hop_samples"}


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


def test_another_engine_is_another_result() -> None:
    thesis = Params().features["thesis"]
    by_librosa = thesis.model_copy(update={"engine": "librosa"})
    assert settings_read(thesis) != settings_read(by_librosa)


def test_the_default_sets_have_the_names_that_they_had() -> None:
    """As when sets got an engine: another name would make every stored result again."""
    digests = {name: store.digest(settings_read(s)) for name, s in Params().features.items()}
    assert digests == {
        "thesis": "6e5ac0516975cc5e9342b96f86ae4ed9",
        "ltas": "3d31fc35ee9a84503740c4429eff3c50",
        "study": "014bb85298174d7b3dbdfce18ade71b9",
    }
    assert Params().features["study"].families == STUDY_FAMILIES
    assert len(STUDY_FAMILIES) == 12
