"""Pairs of real recordings: which are compared, and what may have taught the model."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from micfp.config.recipe import RecipeConfig
from micfp.errors import MicfpError
from micfp.evaluation.verification import identification_at_1_percent
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.training import TrainingPieces
from micfp.plan.fingerprint_settings import Protocol
from micfp.studies.fingerprint import validate
from micfp.studies.fingerprint.calibrated import Scores, Trials
from micfp.studies.fingerprint.heard import Heard
from micfp.studies.fingerprint.validate import Corpus


def _fingerprint(number: int, active_s: float) -> Fingerprint:
    return Fingerprint(np.full((4, 128), number, np.float32), active_s, 1.0, 16_000.0, 30.0)


def _corpus(active_s: float = 1.0) -> Corpus:
    """Three devices with four contents; recording 4 d + c is of device d and content c.

    Each has a whole fingerprint and one test, whose vectors hold the number of the recording.
    """
    recording = np.repeat(np.arange(12), 2)
    length = np.tile([0, 1], 12)
    fingerprints = tuple(
        _fingerprint(r, 1.0 if n == 0 or r != 3 else active_s)
        for r, n in zip(recording, length, strict=True)
    )
    device, group = np.repeat(np.arange(3), 4), np.tile(np.arange(4), 3)
    taught = TrainingPieces(
        np.zeros((12, 4, 128), np.float32), device, np.arange(12), np.zeros(12, int), np.ones(12)
    )
    heard = Heard(fingerprints, recording, np.zeros(24, int), length)
    names, recipe = np.array(["a", "b", "c"]), RecipeConfig()
    return Corpus(names, device, group, np.zeros(12, int), heard, taught, recipe)


class _Model:
    """Scores say which pair they are of: 100 x reference + test."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def scores(self, references, tests, setting) -> np.ndarray:
        self.asked.append(setting)
        of = [one.vectors[0, 0] for one in references]
        by = [one.vectors[0, 0] for one in tests]
        return 100.0 * np.array(of)[:, None] + np.array(by)


def test_pairs_have_two_contents_and_devices_that_are_tested() -> None:
    found = Scores()
    validate._add(_Model(), _corpus(), np.array([0, 2]), (1, 3), Trials(0, 0, 1), found)
    # Content 1 of devices 0 and 2 is recordings 1 and 9; content 3 is 3 and 11.
    assert found.score[0].tolist() == [103, 111, 903, 911]
    assert found.first[0].tolist() == [0, 0, 2, 2]
    assert found.second[0].tolist() == [0, 2, 0, 2]
    assert found.joined()[1].tolist() == [True, False, False, True]
    assert found.counts[0].all()
    # Test 3: own 103, other 903; test 11: own 911, other 111.
    assert (found.own[0].tolist(), found.best[0].tolist()) == ([103, 911], [903, 111])


def test_a_pause_is_no_test() -> None:
    found = Scores()
    validate._add(_Model(), _corpus(0.39), np.array([0, 2]), (1, 3), Trials(0, 0, 1), found)
    assert found.counts[0].tolist() == [False, True, False, True]
    assert found.own[0].tolist() == [911]


def test_recordings_of_two_sittings_are_scored_so() -> None:
    corpus = _corpus()
    sessions = np.zeros(12, int)
    sessions[8:] = 1  # all of device 2
    corpus = replace(corpus, session=sessions)
    model = _Model()
    validate._add(model, corpus, np.array([0, 2]), (1, 3), Trials(0, 0, 1), Scores())
    assert model.asked == ["same", "other"]
    validate._add(model, corpus, np.array([0, 1]), (1, 3), Trials(0, 0, 1), Scores())
    assert model.asked == ["same", "other", "same"]


@pytest.mark.parametrize(("content", "heard"), [("disjoint", [0, 2]), ("seen", [0, 1, 2, 3])])
def test_nothing_that_is_blended_in_has_heard_the_pair(monkeypatch, content, heard) -> None:
    taught = []

    class Model(_Model):
        def blended(self, own, share, kappa):
            taught.append((own, share, kappa))
            return self

    def fit(pieces, recipe, *, whole):
        assert not whole
        return sorted(
            {(int(d), int(r) % 4) for d, r in zip(pieces.devices, pieces.recordings, strict=True)}
        )

    monkeypatch.setattr(validate, "fit_covariances", fit)
    protocol = Protocol(name="x", content=content, share=0.3, kappa=0.1)
    found = validate.defaultdict(Scores)
    wanted = [Trials(0, 0, 1)]
    validate._of_part(Model(), _corpus(), protocol, np.array([1]), np.array([0, 2]), wanted, found)
    # Six pairs of contents, each in two orders; blended once for both, or once for all.
    assert len(taught) == (6 if content == "disjoint" else 1)
    assert len(found[wanted[0]].score) == 12
    assert {one[1:] for one in taught} == {(0.3, 0.1)}
    # The second pair is (0, 2) of (0, 1), (0, 2), (0, 3): contents 1 and 3 teach.
    first = taught[0][0]
    assert first == ([(1, 2), (1, 3)] if content == "disjoint" else [(1, c) for c in heard])
    assert {device for one in taught for device, _ in one[0]} == {1}


def test_a_corpus_in_which_nothing_can_be_compared_is_said(monkeypatch, tmp_path) -> None:
    corpus = _corpus()
    silent = replace(corpus, group=np.zeros(12, int))
    monkeypatch.setattr(validate, "_corpus", lambda spec: silent)
    monkeypatch.setattr(validate, "load_model", lambda path: SimpleNamespace(model=_Model()))
    params = {
        **{"protocol": {"name": "alone"}, "corpus": "ours", "conditions": [], "seed": 1},
        "lengths_s": [1.0],
    }
    spec = SimpleNamespace(params=params, entry=lambda name: tmp_path)
    with pytest.raises(MicfpError, match=r"in the corpus ours no device is heard .* \(alone\)"):
        validate.run(spec, tmp_path)


def test_parts_test_every_device_once_and_teach_with_the_others() -> None:
    devices = np.array([0, 1, 2, 4, 5, 6, 7])
    rng = np.random.default_rng(1)
    parts = Protocol(name="x", folds=3).parts(devices, rng)
    assert sorted(np.concatenate([tested for _, tested in parts])) == devices.tolist()
    for teaching, tested in parts:
        assert sorted([*teaching, *tested]) == devices.tolist()
    ((teaching, tested),) = Protocol(name="x", few=2).parts(devices, rng)
    assert (len(teaching), len(tested)) == (2, 5)
    ((teaching, tested),) = Protocol(name="x").parts(devices, rng)
    assert (len(teaching), len(tested)) == (0, 7)


def test_contents_are_dealt_into_four_groups_at_most() -> None:
    groups = validate.groups_of_contents(np.arange(10).repeat(2), 1)
    assert np.bincount(groups).tolist() == [6, 6, 4, 4]
    assert (groups[::2] == groups[1::2]).all()
    assert sorted(validate.groups_of_contents(np.arange(3), 1)) == [0, 1, 2]


def test_identification_by_hand() -> None:
    # Strangers reach 0 to 99: 1 % of them are above 98.01.
    others = np.arange(100.0)
    own = np.full(100, 98.5)
    # Above the threshold all, above the best other one all but the last.
    assert identification_at_1_percent(own, others) == 0.99
    assert identification_at_1_percent(np.full(100, 98.0), others) == 0.0
    own[:40] = -1
    assert identification_at_1_percent(own, others) == pytest.approx(0.59)
