"""What is made of frames before a network: by hand, in blocks, and from training rows alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coloured_frames import PART, TEST, F, N, T, coloured_frames
from numpy.typing import NDArray

from micfp.errors import MicfpError
from micfp.models import frame_inputs
from micfp.models.frame_inputs import (
    FrameInputs,
    fit_frame_inputs,
    frame_inputs_of,
    shift_and_scale,
)
from micfp.models.gmm import fit_mixture, statistics, supervectors
from micfp.models.ivectors import ivectors
from micfp.models.method_config import GaussiansConfig, Input

FEW = GaussiansConfig(components=4, iterations=5, ivector_dimension=3, ivector_iterations=3)
ALL: tuple[Input, ...] = ("frames", "statistics", "gsv", "ivector")
TRAINING, OTHERS = PART.training, np.concatenate([PART.validation, TEST])


def fitted(frames: NDArray[Any], inputs: tuple[Input, ...] = ALL, seed: int = 1) -> FrameInputs:
    return fit_frame_inputs(inputs, frames, TRAINING, FEW, np.random.default_rng(seed))


def altered(frames: NDArray[Any]) -> NDArray[Any]:
    """Validation and test rows in another order, and other ones."""
    other = frames.copy()
    other[OTHERS] = 100 - 3 * frames[OTHERS[::-1]]
    return other


# --- scaling --------------------------------------------------------------------------------------


def test_scaling_of_frames_by_hand() -> None:
    """Two rows of two frames, two numbers a frame; the third row is not trained on."""
    frames = np.array([[[1, 7], [3, 7]], [[5, 7], [7, 7]], [[1e6, -1e6]] * 2], np.float32)
    shift, scale = shift_and_scale("frames", frames, np.array([0, 1]))
    # 1, 3, 5, 7: mean 4, deviations 3, 1, 1, 3: root of 20 / 4. Always 7: divided by one.
    assert shift.tolist() == [4, 7]
    assert scale.tolist() == pytest.approx([5**0.5, 1.0])
    assert (shift.dtype, scale.dtype) == (np.float32, np.float32)


def test_scaling_of_vectors_by_hand() -> None:
    ivectors_ = np.array([[0.0, 2.0], [4.0, 2.0], [9.0, 9.0]], np.float32)
    shift, scale = shift_and_scale("ivector", ivectors_, np.array([0, 1]))
    assert (shift.tolist(), scale.tolist()) == ([2, 2], [2, 1])


def test_supervectors_are_brought_to_the_range_of_minus_1_to_1() -> None:
    rng = np.random.default_rng(3)
    gsv = rng.normal(50, [[1e-3], [40]], (30, 2, 5)).astype(np.float32)
    gsv[:20, 0, 0] = 8  # never varies in training
    shift, scale = shift_and_scale("gsv", gsv, np.arange(20))
    assert shift.shape == scale.shape == (2, 5)
    scaled = (gsv[:20] - shift) / scale
    varies = np.ones((2, 5), bool)
    varies[0, 0] = False
    np.testing.assert_allclose(scaled.min(axis=0)[varies], -1, atol=0.02)
    np.testing.assert_allclose(scaled.max(axis=0)[varies], 1, atol=0.02)
    assert (shift[0, 0], scale[0, 0]) == (8, 1)
    assert np.abs(scaled[:, 0, 0]).max() == 0


@pytest.mark.parametrize("name", ALL)
def test_scaling_looks_at_training_rows_alone(name: Input) -> None:
    frames = coloured_frames()
    at = ALL.index(name)
    values = fitted(frames).transform(frames)[at]
    other = values.copy()
    other[OTHERS] = 1e9
    before, after = (shift_and_scale(name, v, TRAINING) for v in (values, other))
    for one, two in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, two)
    moved = values.copy()
    moved[TRAINING[0]] += 1
    assert not np.array_equal(before[0], shift_and_scale(name, moved, TRAINING)[0])


def test_scaling_in_blocks_is_numpys_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = coloured_frames()
    monkeypatch.setattr(frame_inputs, "BLOCK_ROWS", 7)
    shift, scale = shift_and_scale("frames", frames, TRAINING[::-1])
    flat = frames[TRAINING].reshape(-1, F).astype(np.float64)
    np.testing.assert_allclose(shift, flat.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(scale, flat.std(axis=0), rtol=1e-6)


# --- inputs ---------------------------------------------------------------------------------------


def test_inputs_in_the_order_that_they_are_asked_for() -> None:
    frames = coloured_frames()
    made = fitted(frames)
    shapes = {"frames": (T, F), "statistics": (2 * F,), "gsv": (4, F), "ivector": (3,)}
    for inputs in (ALL, ALL[::-1], ("gsv",), ("ivector",), ("statistics",), ("frames",), ()):
        values = FrameInputs(inputs, FEW.relevance, made.mixture, made.total).transform(frames)
        assert [value.shape for value in values] == [(N, *shapes[name]) for name in inputs]


def test_statistics_are_means_and_deviations() -> None:
    frames = np.array([[[1, 10], [3, 10]], [[0, -2], [0, 2]]], np.float32)
    (found,) = FrameInputs(("statistics",), 10.0).transform(frames)
    assert found.tolist() == [[2, 10, 1, 0], [0, 0, 0, 2]]


def test_supervectors_and_ivectors_are_those_of_the_mixture() -> None:
    """A mixture fitted to all frames of the training rows at once, and what it makes of each."""
    frames = coloured_frames()
    made = fitted(frames)
    pooled = frames[TRAINING].reshape(-1, F)
    reference = fit_mixture(
        lambda: [pooled], FEW.components, np.random.default_rng(1), FEW.iterations
    )
    assert made.mixture is not None
    assert made.total is not None
    np.testing.assert_allclose(made.mixture.means, reference.means, rtol=1e-9)
    stats = statistics(reference, frames)
    _, _, gsv, ivector = made.transform(frames)
    np.testing.assert_allclose(gsv, supervectors(reference, stats, FEW.relevance), rtol=1e-5)
    expected = ivectors(reference, made.total, stats)
    np.testing.assert_allclose(ivector, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("block_rows", [1, 7, 1000])
def test_blocks_give_what_all_at_once_gives(
    monkeypatch: pytest.MonkeyPatch, block_rows: int
) -> None:
    frames = coloured_frames()
    made = fitted(frames)
    expected = made.transform(frames)
    monkeypatch.setattr(frame_inputs, "BLOCK_ROWS", block_rows)
    for name, one, two in zip(ALL, made.transform(frames), expected, strict=True):
        assert one.shape == two.shape
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6, err_msg=name)


def test_frames_of_a_file_stay_in_it(tmp_path: Path) -> None:
    frames = coloured_frames()
    np.save(tmp_path / "frames.npy", frames)
    mapped = np.load(tmp_path / "frames.npy", mmap_mode="r")
    made = fitted(frames)
    values = made.transform(mapped)
    assert isinstance(values[0], np.memmap)
    for one, two in zip(values, made.transform(frames), strict=True):
        np.testing.assert_array_equal(one, two)


# --- fitting --------------------------------------------------------------------------------------


def test_what_is_fitted_knows_nothing_of_validation_and_test_rows() -> None:
    frames = coloured_frames()
    own, other = fitted(frames), fitted(altered(frames))
    assert own.arrays().keys() == {
        *("mixture.weights", "mixture.means", "mixture.variances", "total"),
    }
    for name, value in own.arrays().items():
        np.testing.assert_array_equal(value, other.arrays()[name], err_msg=name)
    seen = frames.copy()
    seen[TRAINING[0]] += 1
    for name, value in fitted(seen).arrays().items():
        assert not np.array_equal(value, own.arrays()[name]), name


def test_same_seed_same_inputs_and_another_seed_others() -> None:
    frames = coloured_frames()
    one, same, other = fitted(frames), fitted(frames), fitted(frames, seed=2)
    for name, value in one.arrays().items():
        np.testing.assert_array_equal(value, same.arrays()[name])
    assert not np.array_equal(one.arrays()["total"], other.arrays()["total"])


def test_only_what_is_needed_is_fitted() -> None:
    frames = coloured_frames()
    assert fitted(frames, ("frames", "statistics")).arrays() == {}
    assert "total" not in fitted(frames, ("frames", "gsv")).arrays()


def test_inputs_are_made_again_from_its_arrays() -> None:
    frames = coloured_frames()
    for inputs in (ALL, ("frames",), ("gsv",)):
        made = fitted(frames, inputs)
        again = frame_inputs_of(inputs, FEW.relevance, made.arrays())
        assert again.names == inputs
        for one, two in zip(again.transform(frames), made.transform(frames), strict=True):
            np.testing.assert_array_equal(one, two)


def test_too_few_rows_for_what_is_asked() -> None:
    frames = coloured_frames()
    many = FEW.model_copy(update={"ivector_dimension": 49})  # of 48 training rows
    with pytest.raises(MicfpError, match="49"):
        fit_frame_inputs(("ivector",), frames, TRAINING, many, np.random.default_rng(0))
    many = FEW.model_copy(update={"components": 48 * T + 1})
    with pytest.raises(MicfpError, match="769"):
        fit_frame_inputs(("gsv",), frames, TRAINING, many, np.random.default_rng(0))
