"""Methods on small coloured frames: what each kind learns, is refused, and leaves as it is."""

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from coloured_frames import DEVICES, LABELS, PART, TEST, F, N, coloured_frames
from sklearn.svm import SVC

from micfp.errors import MicfpError
from micfp.models.classical import MIN_PROBABILITY
from micfp.models.classifiers import ClassifiersConfig
from micfp.models.gmm import log_likelihoods
from micfp.models.method_config import NETWORKS, MethodConfig, TrainingConfig
from micfp.models.methods import FittedMethod, Part, fine_tune, fit_method, shapes_of
from micfp.models.training import Epoch, Trained

FEW = {"components": 8, "iterations": 4, "ivector_dimension": 4, "ivector_iterations": 3}
SMALL = {"filters": (4, 4), "units": 8}
KINDS: dict[str, dict[str, Any]] = {
    "cross_scale": {"network": "cross_scale", **SMALL},
    "gsv_cnn": {"network": "gsv_cnn"},
    "multi_feature_fusion": {"network": "multi_feature_fusion"},
    "multi_attention": {"network": "multi_attention"},
    "plain_cnn": {"network": "plain_cnn"},
    "plain_rnn": {"network": "plain_rnn"},
    "spectrum_cnn": {"network": "spectrum_cnn"},
    "subband_attention": {"network": "subband_attention"},
    "residual_inception": {"network": "residual_inception"},
    "dual_attention": {"network": "dual_attention"},
    "statistics": {"classifier": "lda", "input": "statistics"},
    "flat": {"classifier": "lda", "input": "frames"},
    "gsv": {"classifier": "svc", "input": "gsv"},
    # With more components each has a device of its own, and an i-vector hears only what is left.
    "ivector": {"classifier": "nb", "input": "ivector", "gaussians": FEW | {"components": 1}},
    "bottleneck": {
        "classifier": "rbf",
        "input": "bottleneck",
        "gaussians": FEW | {"components": 2},
    },
    "likelihood": {"likelihood": True, "gaussians": FEW | {"components": 2}},
    "codebook": {"codebook": True, "codewords": 4},
}
FAST = TrainingConfig(
    learning_rate=0.005, schedule="one_cycle", batch_size=16, epochs=12, patience_epochs=12
)
# What pools bands four times, or has eight sub-bands and pools twice in each.
WIDTHS = {"plain_cnn": 16, "residual_inception": 16, "subband_attention": 32}


def method_of(kind: str, **changed: Any) -> MethodConfig:
    return MethodConfig.model_validate({"frames": "f", "gaussians": FEW} | KINDS[kind] | changed)


def frames_of(kind: str) -> np.ndarray:
    return coloured_frames(n_features=WIDTHS.get(kind, F))


def fit(
    method: MethodConfig, frames: np.ndarray, labels: Any = LABELS, part: Part = PART, seed: int = 3
) -> tuple[FittedMethod, Trained | None]:
    return fit_method(method, FAST, ClassifiersConfig(), frames, labels, part, seed)


@cache
def fitted(kind: str) -> tuple[FittedMethod, Trained | None]:
    return fit(method_of(kind), frames_of(kind))


each = pytest.mark.parametrize("kind", KINDS)


@each
def test_every_kind_names_the_devices_of_test_rows(kind: str) -> None:
    made, trained = fitted(kind)
    assert made.classes == DEVICES
    log_p = made.log_probabilities(frames_of(kind)[TEST])
    named = np.array(DEVICES)[log_p.argmax(axis=1)]
    assert np.mean(named == LABELS[TEST]) > 0.7  # chance: a third of 24
    assert (trained is not None) == (made.network is not None)
    assert made.parameter_count() > 0


@each
def test_log_probabilities_are_normalised_and_floored(kind: str) -> None:
    made, _ = fitted(kind)
    # other loud and quiet devices besides, of which a method is as sure as it likes
    frames = frames_of(kind)
    log_p = made.log_probabilities(np.concatenate([frames, 30 * frames[:6], -frames[:6]]))
    assert (log_p.dtype, log_p.shape) == (np.float64, (N + 12, 3))
    np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1)
    # at least the least, before a row of three was divided by its sum of at most 1 + 2 leasts
    assert log_p.min() >= np.log(MIN_PROBABILITY / (1 + 2 * MIN_PROBABILITY)) - 1e-9


@each
def test_same_seed_same_method(kind: str) -> None:
    made, trained = fitted(kind)
    again, trained_again = fit(method_of(kind), frames_of(kind))
    frames = frames_of(kind)
    np.testing.assert_array_equal(made.log_probabilities(frames), again.log_probabilities(frames))
    assert trained == trained_again


@pytest.mark.parametrize(
    "kind", ["multi_feature_fusion", "bottleneck", "likelihood", "codebook", "statistics"]
)
def test_test_rows_do_not_take_part(kind: str) -> None:
    frames = frames_of(kind)
    other, labels = frames.copy(), LABELS.copy()
    other[TEST] = -7 * frames[TEST[::-1]]
    labels[TEST] = "never heard of"
    again, trained = fit(method_of(kind), other, labels)
    made, trained_before = fitted(kind)
    assert (again.classes, trained) == (made.classes, trained_before)
    np.testing.assert_array_equal(again.log_probabilities(frames), made.log_probabilities(frames))


@pytest.mark.parametrize("kind", ["gsv", "likelihood", "codebook", "statistics"])
def test_what_is_no_network_does_not_look_at_validation_rows(kind: str) -> None:
    frames = frames_of(kind)
    other = frames.copy()
    other[PART.validation] = -7
    again, _ = fit(method_of(kind), other)
    made, _ = fitted(kind)
    np.testing.assert_array_equal(again.log_probabilities(frames), made.log_probabilities(frames))


def test_one_row_at_a_time_gives_the_same() -> None:
    for kind in KINDS:
        made, _ = fitted(kind)
        frames = frames_of(kind)[TEST[:5]]
        alone = [made.log_probabilities(frames[i : i + 1]) for i in range(5)]
        np.testing.assert_allclose(
            np.concatenate(alone), made.log_probabilities(frames), atol=1e-4, err_msg=kind
        )


@each
def test_the_shapes_that_a_method_says_are_those_of_its_inputs(kind: str) -> None:
    made, _ = fitted(kind)
    frames = frames_of(kind)
    found = [value.shape for value in made.frame_inputs.transform(frames)]
    assert found == [(N, *shape) for shape in shapes_of(made.method, made.frames_shape).values()]


def test_a_network_takes_what_it_was_made_for() -> None:
    """Its input standardised by the training rows: the logits that its layers give by hand."""
    made, _ = fitted("plain_rnn")
    assert made.frame_inputs.names == NETWORKS["plain_rnn"]
    frames = frames_of("plain_rnn")
    flat = frames[PART.training].reshape(-1, F).astype(np.float64)
    scaled = (frames[TEST] - flat.mean(axis=0)) / flat.std(axis=0)
    network: Any = made.network
    with torch.no_grad():
        logits = network(torch.from_numpy(scaled.astype(np.float32))).double()
    expected = torch.log_softmax(logits, 1).numpy()
    found = made.log_probabilities(frames[TEST])
    likely = expected > np.log(0.01)  # others are at the floor, and move the sum by little
    np.testing.assert_allclose(found[likely], expected[likely], atol=1e-3)


def test_statistics_and_a_machine_are_scikit_learns() -> None:
    frames = frames_of("statistics")
    made, _ = fit(method_of("statistics", classifier="svc"), frames)
    columns = np.hstack([frames.mean(axis=1), frames.std(axis=1)])
    train = columns[PART.training]
    scaled = (columns - train.mean(axis=0)) / train.std(axis=0)
    machine = SVC().fit(scaled[PART.training], LABELS[PART.training])
    named = np.array(DEVICES)[made.log_probabilities(frames).argmax(axis=1)]
    assert named.tolist() == machine.predict(scaled).tolist()


def test_all_frames_of_a_sample_side_by_side_are_scikit_learns() -> None:
    """Each number of each frame is a column: 16 x 12."""
    frames = frames_of("flat")
    made, _ = fit(method_of("flat", classifier="svc"), frames)
    columns = frames.reshape(N, -1)
    train = columns[PART.training]
    assert train.shape[1] == 16 * 12
    scaled = (columns - train.mean(axis=0)) / train.std(axis=0)
    machine = SVC().fit(scaled[PART.training], LABELS[PART.training])
    named = np.array(DEVICES)[made.log_probabilities(frames).argmax(axis=1)]
    assert named.tolist() == machine.predict(scaled).tolist()


def test_a_likelihood_is_bayes_rule_on_means_over_frames() -> None:
    made, _ = fitted("likelihood")
    # half-way between two devices that are next to each other
    sample = frames_of("likelihood")[TEST[:3]][[1, 2]].mean(axis=0)
    means = np.array([log_likelihoods(mixture, sample).mean() for mixture in made.mixtures])
    shares = np.exp(means) / np.exp(means).sum()
    assert sorted(shares)[1] > 0.01
    floored = np.maximum(shares, MIN_PROBABILITY)
    found = np.exp(made.log_probabilities(sample[None])[0])
    np.testing.assert_allclose(found, floored / floored.sum())


def test_how_many_numbers_decide() -> None:
    # GRU, a direction: 3 gates of 128 units, on 12 features and 128 states, and two biases each
    rnn = 2 * 3 * 128 * (F + 128 + 2) + (2 * 128 + 1) * 3
    assert fitted("plain_rnn")[0].parameter_count() == rnn
    # three devices with a mixture of two: a weight, 12 means and 12 variances a component
    assert fitted("likelihood")[0].parameter_count() == 3 * 2 * (1 + 2 * F)
    # what makes a supervector: eight weights, 8 x 12 means and as many variances
    gsv = fitted("gsv")[0]
    assert gsv.input_parameter_count() == 8 + 2 * 8 * F
    assert gsv.parameter_count() > gsv.input_parameter_count() + 8 * F  # and support vectors
    assert fitted("statistics")[0].input_parameter_count() == 0
    # The mixture of one, the matrix of 12 x 4, and what the file of naive Bayes holds: of three
    # devices 4 means and variances, prior and number of rows, and a smoothing of it; of 4 columns
    # mean, variance and deviation, and what the steps before know of each.
    ivector = fitted("ivector")[0].parameter_count() - (1 + 2 * F) - F * 4
    assert 3 * (2 * 4 + 2) + 1 + 3 * 4 <= ivector < 100


# --- fine-tuning ----------------------------------------------------------------------------------

OTHERS = ("amber", "blue", "green", "red")
OTHER_LABELS = np.array([OTHERS[row % 4] for row in range(N)])
TUNING = FAST.model_copy(update={"learning_rate": 0.05})


def weights(made: FittedMethod) -> dict[str, bytes]:
    assert made.network is not None
    return {n: v.numpy().tobytes() for n, v in made.network.state_dict().items()}


@pytest.mark.parametrize(
    ("layers", "trained"), [("mlp", {"head.0", "head.2"}), ("softmax", {"head.2"})]
)
def test_fine_tuning_trains_the_last_layers_alone(layers: Any, trained: set[str]) -> None:
    pretrained, _ = fitted("cross_scale")
    before = weights(pretrained)
    frames = coloured_frames(devices=4, seed=5)
    told: list[Epoch] = []
    tuned, how = fine_tune(
        pretrained, layers, TUNING, frames, OTHER_LABELS, PART, 3, on_epoch=told.append
    )
    assert tuned.classes == OTHERS
    assert tuple(told) == how.curves
    after = weights(tuned)
    assert before.keys() == after.keys()
    assert {n.rpartition(".")[0] for n in before if before[n] != after[n]} == trained
    assert len(after["head.2.bias"]) == 4 * len(OTHERS)  # four bytes a class
    for one, two in zip(
        tuned.shift + tuned.scale, pretrained.shift + pretrained.scale, strict=True
    ):
        np.testing.assert_array_equal(one, two)
    log_p = tuned.log_probabilities(frames[TEST])
    named = np.array(OTHERS)[log_p.argmax(axis=1)]
    assert np.mean(named == OTHER_LABELS[TEST]) > 0.5  # chance: a quarter of 24
    # what was given is as it was, and may be given again
    assert weights(pretrained) == before
    again, _ = fine_tune(pretrained, layers, TUNING, frames, OTHER_LABELS, PART, 3)
    assert weights(again) == after


def test_fine_tuning_does_not_look_at_test_rows() -> None:
    pretrained, _ = fitted("cross_scale")
    frames = coloured_frames(devices=4, seed=5)
    tuned, _ = fine_tune(pretrained, "mlp", TUNING, frames, OTHER_LABELS, PART, 3)
    other = frames.copy()
    other[TEST] = 17
    again, _ = fine_tune(pretrained, "mlp", TUNING, other, OTHER_LABELS, PART, 3)
    assert weights(again) == weights(tuned)


def test_what_cannot_be_fine_tuned() -> None:
    frames = frames_of("plain_rnn")
    with pytest.raises(MicfpError, match="only the network cross_scale is fine-tuned"):
        fine_tune(fitted("plain_rnn")[0], "mlp", TUNING, frames, LABELS, PART, 3)
    with pytest.raises(MicfpError, match=r"frames of shape \(15, 12\) do not fit .* \(16, 12\)"):
        fine_tune(fitted("cross_scale")[0], "mlp", TUNING, frames[:, 1:], LABELS, PART, 3)
    with pytest.raises(MicfpError, match="1 classes to tell apart: there must be two or more"):
        fine_tune(fitted("cross_scale")[0], "mlp", TUNING, frames, np.array(["a"] * N), PART, 3)
    frames[50, 3, 2] = np.inf
    with pytest.raises(MicfpError, match="frames of row 50 are no numbers"):
        fine_tune(fitted("cross_scale")[0], "softmax", TUNING, frames, LABELS, PART, 3)


# --- what is refused ------------------------------------------------------------------------------


def test_one_class() -> None:
    for kind in ("statistics", "plain_rnn", "likelihood"):
        with pytest.raises(MicfpError, match=r"^1 classes to tell apart: there must be two"):
            fit(method_of(kind), frames_of(kind), np.array(["a"] * N))


def test_a_class_that_only_validation_has() -> None:
    labels = LABELS.copy()
    labels[PART.validation[4]] = "new"
    with pytest.raises(
        MicfpError, match=r"^new: in the validation part and not in .* another split\.validation$"
    ):
        fit(method_of("plain_rnn"), frames_of("plain_rnn"), labels)


@pytest.mark.parametrize("row", [0, 50, 80])
@pytest.mark.parametrize("kind", ["plain_rnn", "gsv", "likelihood"])
def test_frames_that_are_no_numbers_are_named_by_row(kind: str, row: int) -> None:
    """Of training, validation and test: the last would be scored as no number."""
    frames = frames_of(kind)
    frames[row, 2, 3] = np.nan
    with pytest.raises(
        MicfpError, match=rf"^frames of row {row} are no numbers .*not_finite: drop"
    ):
        fit(method_of(kind), frames)
    with pytest.raises(MicfpError, match=rf"^frames of row {row} are no numbers"):
        fitted(kind)[0].log_probabilities(frames)


@each
def test_frames_of_another_shape(kind: str) -> None:
    made, _ = fitted(kind)
    with pytest.raises(MicfpError, match=r"frames of shape \(15, .*use the frame set that it was"):
        made.log_probabilities(frames_of(kind)[:, 1:])
    with pytest.raises(MicfpError, match="do not fit a method that was fitted on"):
        made.log_probabilities(frames_of(kind)[:, :, 1:])


@pytest.mark.parametrize(
    ("kind", "shape", "changed", "sentence"),
    [
        ("cross_scale", (16, 2), {}, "a kernel of 3 does not fit on a map of 2"),
        ("plain_cnn", (15, 16), {}, "15 frames: there must be 16 or more"),
        ("plain_cnn", (16, 12), {}, "12 bands: there must be 16 or more"),
        ("multi_attention", (8, 12), {}, "8 frames: there must be 9 or more"),
        ("multi_feature_fusion", (8, 12), {}, "8 frames: there must be 16 or more"),
        (
            "gsv_cnn",
            (16, 12),
            {"gaussians": FEW | {"components": 4}},
            "4 components: there must be 8 or more",
        ),
    ],
)
def test_fewer_frames_than_a_network_needs(
    kind: str, shape: tuple[int, int], changed: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(
        MicfpError, match=f"^the network {kind} cannot be built: {sentence}; see its frame set"
    ):
        fit(method_of(kind, **changed), coloured_frames(n_frames=shape[0], n_features=shape[1]))
