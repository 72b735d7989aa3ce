"""What the keys of features and frames hold: the settings that the families read."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from micfp.engine import store
from micfp.engine.task import Recording, Spec
from micfp.features import FAMILIES, FeatureSet, column_names, extract, settings_read
from micfp.features.frames import FRAME_FAMILIES, FrameSet, frame_matrix, width
from micfp.features.frames import settings_read as frame_settings_read
from micfp.features.settings import FrameSettings
from micfp.plan.params import STUDY_FAMILIES, Params
from micfp.stages import features
from micfp.tables import write_table

NOISE = (0.1 * np.random.default_rng(0).standard_normal(16_000)).astype(np.float32)
SHARED = {"families", "engine", "rate_hz", "aggregates", "n_fft", "hop_samples"}


class OnlyFilters(FrameSettings):
    n_mels: int


class Recorder:
    """A feature or frame set that remembers which of its settings were asked for."""

    def __init__(self, settings: FeatureSet | FrameSet) -> None:
        self.settings = settings
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(self.settings, name)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_reads_what_it_says_and_nothing_else(family: str) -> None:
    """What it read and did not say would be missing in the key: stale features after a change."""
    recorder = Recorder(FeatureSet(families=(family,), rate_hz=16_000))
    extract(NOISE, 16_000, recorder)  # type: ignore[arg-type]
    column_names(recorder)  # type: ignore[arg-type]
    reads = set(FAMILIES[family].settings.model_fields)
    assert recorder.read | SHARED == reads | SHARED
    read = settings_read(FeatureSet(families=(family,)))
    assert set(read) == SHARED | reads


def test_a_family_that_is_not_in_the_table_is_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(FAMILIES, "mfcc")
    with pytest.raises(KeyError, match="mfcc"):
        settings_read(FeatureSet(families=("rms", "mfcc")))


def test_a_worker_fails_that_reads_a_setting_which_its_key_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, it took the default instead, whatever was set."""
    sf.write(tmp_path / "a.wav", NOISE, 16_000)
    table = {"segment": ["s"], "recording": ["r"], "start_sample": [0], "stop_sample": [len(NOISE)]}
    write_table(pd.DataFrame(table), tmp_path / "segments.parquet")
    monkeypatch.setitem(FAMILIES, "mfcc", replace(FAMILIES["mfcc"], settings=OnlyFilters))
    settings = settings_read(FeatureSet(families=("mfcc",), n_mfcc=5))
    spec = Spec(
        "features",
        "0",
        {"set": settings, "channel": "mean"},
        {"segments": (tmp_path,)},
        (Recording("r", str(tmp_path / "a.wav"), {}, 0),),
    )
    with pytest.raises(AttributeError, match="n_mfcc"):
        features.run(spec, tmp_path)


@pytest.mark.parametrize("fixed_by", ["hop", "cut"])
@pytest.mark.parametrize("family", FRAME_FAMILIES)
def test_a_family_of_frames_reads_what_it_says_and_nothing_else(
    family: str, fixed_by: Literal["hop", "cut"]
) -> None:
    settings = FrameSet(family=family, fixed_by=fixed_by, n_frames=16)
    recorder = Recorder(settings)
    frame_matrix(NOISE, 16_000, recorder)  # type: ignore[arg-type]
    width(recorder)  # type: ignore[arg-type]
    assert recorder.read == set(frame_settings_read(settings))
    # the worker's set, which has no others, gives the same
    own = settings.only(frame_settings_read(settings))
    np.testing.assert_array_equal(
        frame_matrix(NOISE, 16_000, own), frame_matrix(NOISE, 16_000, settings)
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_what_names_the_columns_is_read(family: str) -> None:
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
