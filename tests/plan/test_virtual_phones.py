"""A corpus of virtual phones: what is planned of it is what the step `phones` writes."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from pydantic import ValidationError

from micfp.config.audio import CorpusConfig
from micfp.corpora import read_corpus
from micfp.engine.run import make_missing
from micfp.errors import MicfpError
from micfp.plan.params import Params
from micfp.plan.recordings import plan_recordings

RATE_HZ = 16_000


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    folder = tmp_path / "speech"
    folder.mkdir()
    for speaker in range(6):
        samples = 0.1 * np.random.default_rng(speaker).standard_normal(2 * RATE_HZ)
        sf.write(folder / f"{speaker}-1.wav", samples, RATE_HZ)
    return folder


def parameters(speech: Path, **changes: object) -> Params:
    population = {
        **{"name": "some", "n_devices": 3, "sessions": 1, "speakers": 4, "take_s": 1.0},
        **{"common_sessions": True, "speech_from": str(speech)},
        "recorder": {"rates_hz": [RATE_HZ], "rate_shares": [1.0], "aac_share": 0, "opus_share": 0},
        **changes,
    }
    corpus = {"name": "phones", "reader": "virtual_phones", "population": population}
    return Params.model_validate({"corpus": corpus})


def test_each_phone_is_rendered_where_it_was_planned(speech: Path) -> None:
    planned = plan_recordings(parameters(speech))
    assert len(planned) == 3 * 4
    assert len({one.recording for one in planned}) == 12
    tasks = {one.made_by.key: one.made_by for one in planned if one.made_by is not None}
    assert [task.step for task in tasks.values()] == ["phones"] * 3
    make_missing(tasks.values())
    for one in planned:
        samples, rate_hz = sf.read(one.path)
        assert (len(samples), rate_hz) == (RATE_HZ, RATE_HZ)
        assert one.size_bytes == 2 * RATE_HZ  # 1 s of 16 bits
    labels = planned[0].labels
    assert labels["device"] == labels["model"] == "some 0000"
    # All phones hear the same speakers in the same session.
    heard = {(one.labels["device"], one.labels["content"]) for one in planned}
    assert len({content for _, content in heard}) == 4
    assert len(heard) == 12
    assert {one.labels["session"] for one in planned} == {"session 0"}


def test_other_speech_gives_other_recordings(speech: Path) -> None:
    before = {one.path: one.recording for one in plan_recordings(parameters(speech))}
    for file in speech.iterdir():
        samples = 0.2 * np.random.default_rng(99).standard_normal(2 * RATE_HZ)
        sf.write(file, samples, RATE_HZ)
        os.utime(file, ns=(1, 1))
    after = {one.recording for one in plan_recordings(parameters(speech))}
    assert not after & set(before.values())


def test_what_does_not_fit_together_is_said() -> None:
    with pytest.raises(ValidationError, match="virtual_phones needs population, and no root"):
        CorpusConfig.model_validate({"name": "x", "reader": "virtual_phones"})
    with pytest.raises(ValidationError, match="population is for reader virtual_phones, not bench"):
        CorpusConfig.model_validate({"name": "x", "population": {}})
    config = CorpusConfig.model_validate(
        {"name": "x", "reader": "virtual_phones", "population": {}}
    )
    with pytest.raises(MicfpError, match="rendered by the run"):
        read_corpus(config)
