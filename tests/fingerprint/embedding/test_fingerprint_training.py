"""What a recipe takes from training: which copies teach, and which vectors are scored how."""

import numpy as np
import pytest

from micfp.config.recipe import RecipeConfig
from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.copies import COPIES, Modulated, Narrow, Noisy
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.spectra import N_BANDS
from micfp.fingerprint.embedding.training import (
    CASE_COPIES,
    Case,
    TrainingPieces,
    fit_covariances,
    fit_model,
)
from micfp.fingerprint.embedding.two_covariance import Within

N_DEVICES = 8
SLOPE = np.linspace(-1, 1, N_BANDS)


def _pieces() -> TrainingPieces:
    """Two pieces of every copy of a recording of each device; copy k is a slope of k dB more."""
    rng = np.random.default_rng(1)
    devices, copies, _ = (
        one.ravel() for one in np.meshgrid(range(N_DEVICES), range(len(COPIES)), (0, 1))
    )
    shapes = 4 * rng.standard_normal((N_DEVICES, 4, N_BANDS))
    vectors = shapes[devices] + copies[:, None, None] * SLOPE
    vectors += 0.5 * rng.standard_normal(vectors.shape)
    numbers = devices.astype(np.int64)
    return TrainingPieces(
        vectors.astype(np.float32), numbers, numbers, copies, np.ones(len(devices))
    )


def _case(noise_db: float) -> Case:
    rng = np.random.default_rng(2)
    shapes = 4 * rng.standard_normal((6, 4, N_BANDS))
    tests = shapes + noise_db * rng.standard_normal(shapes.shape)
    known, asked = (
        tuple(Fingerprint(one.astype(np.float32), 1.0, 1.0, 16_000.0, 30.0) for one in some)
        for some in (shapes, tests)
    )
    return Case(known, np.arange(6), asked, np.arange(6))


def _fitted(noises_db: tuple[float, ...] = (3.0,) * 5, **recipe: object) -> FingerprintModel:
    nothing = np.zeros((1, N_BANDS), np.float32)
    content = ContentModel(np.zeros((1, 20), np.float32), nothing, nothing)
    fused_on = [_case(noise_db) for noise_db in noises_db]
    return fit_model(
        content,
        _pieces(),
        {"same": fused_on, "other": fused_on},
        RecipeConfig.model_validate(recipe),
    )


@pytest.mark.parametrize(
    ("groups", "numbers"),
    [((), [0]), (("narrow",), [0, 7, 8, 9]), (("noise", "narrow", "coded"), list(range(18)))],
)
def test_copies_of_some_groups_teach(groups: tuple[str, ...], numbers: list[int]) -> None:
    recipe = RecipeConfig.model_validate({"copies": groups, "shrinkage": 0})
    found = fit_covariances(_pieces(), recipe)["loud"].copies
    along = SLOPE / np.linalg.norm(SLOPE)
    # Slopes of so many dB about their mean; pieces of 1 s in pairs leave 0.5 ** 2 / 2 beside it.
    expected = np.var(numbers) * np.sum(SLOPE**2)
    assert along @ found @ along == pytest.approx(expected, rel=0.05, abs=0.2)


def test_cases_of_other_groups_do_not_teach_the_weights() -> None:
    assert [COPIES[number] for number in CASE_COPIES] == [
        (),
        (Noisy(20, 0),),
        (Noisy(10, -3),),
        (Narrow(0, 4000),),
        (Narrow(0, 4000), Modulated(14, True)),
    ]
    wild = 20.0
    alone = _fitted((3, wild, wild, wild, wild), copies=()).settings["same"].fusion
    as_one = _fitted((3, 3, 3, 3, 3), copies=()).settings["same"].fusion
    assert alone.weights.tolist() == as_one.weights.tolist()
    narrow = _fitted((3, wild, wild, 3, wild), copies=("narrow",)).settings["same"].fusion
    disturbed = _fitted((3, wild, wild, wild, wild), copies=("narrow",)).settings["same"].fusion
    assert narrow.weights.tolist() != disturbed.weights.tolist()


def test_scorers_are_what_the_recipe_leaves() -> None:
    model = _fitted(
        same={"content": {"copies": 3, "kappa": 0.5}, "loud": None, "quiet": {}},
        other={"ct": {"sessions": 0}},
        outlier_sd=None,
        content_by_time=False,
    )
    same, other = (model.settings[name].scorers for name in ("same", "other"))
    assert [(one.vector, one.within) for one in same] == [
        ("content", Within(3, 1, 0.5)),
        ("quiet", Within(1, 1, 1)),
    ]
    assert [(one.vector, one.within) for one in other] == [("ct", Within(1, 0, 1))]
    assert len(model.settings["same"].fusion.weights) == 2
    assert (model.outlier_sd, model.content_by_time) == (None, False)


def test_defaults_are_those_of_the_trial() -> None:
    model = _fitted()
    speech = ("loud", "content", "ct")
    assert [(one.vector, one.within) for one in model.settings["same"].scorers] == [
        (name, Within(copies=2, sessions=1, kappa=1)) for name in speech
    ]
    assert [(one.vector, one.within) for one in model.settings["other"].scorers] == [
        *((name, Within(copies=1, sessions=2, kappa=0)) for name in speech),
        ("quiet", Within(copies=2, sessions=2, kappa=0)),
    ]
    for fused in model.settings.values():
        assert (fused.fusion.weights >= 0).all()
