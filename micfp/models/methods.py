"""Methods that learn from frame matrices: fitted, and asked.

A method is frame inputs (what is made of the frames), and then a network, a classifier, or a
mixture or codebook of each device.
"""

import copy
import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from micfp.config.models import PreparationConfig
from micfp.errors import MicfpError
from micfp.models.classical import Fitted, floored_log
from micfp.models.classifiers import ClassifiersConfig
from micfp.models.codebooks import Codebooks, fit_codebooks
from micfp.models.frame_inputs import FrameInputs, fit_frame_inputs, mixture_of, shift_and_scale
from micfp.models.gmm import Mixture, log_likelihoods
from micfp.models.method_config import NETWORKS, Input, MethodConfig, TrainingConfig
from micfp.models.persistence import number_count

if TYPE_CHECKING:
    from torch import nn

    from micfp.models.training import Epoch, Perturbed, Rows, Trained

Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class FittedMethod:
    """A fitted method.

    Parameters
    ----------
    frames_shape
        (T, F) of a row
    network
        of a network, and of the bottleneck before a classifier
    mixtures
        one per class, of a likelihood
    codebooks
        of a method that has them
    """

    method: MethodConfig
    frame_inputs: FrameInputs
    classes: tuple[str, ...]
    frames_shape: tuple[int, ...]
    shift: tuple[NDArray[np.float32], ...] = ()
    scale: tuple[NDArray[np.float32], ...] = ()
    network: "nn.Module | None" = None
    fitted: Fitted | None = None
    mixtures: tuple[Mixture, ...] = ()
    codebooks: Codebooks | None = None
    warnings: tuple[str, ...] = ()

    def log_probabilities(self, frames: NDArray[Any]) -> NDArray[np.float64]:
        """Natural log-probability of each class, float64 (n, classes), of frames (n, T, F).

        As with classifiers, a segment gives no class less than 1 in 10 000.

        Raises
        ------
        MicfpError
            for frames of another shape than those of training, or no numbers
        """
        self.check(frames)
        if self.mixtures:
            return _shares(_log_likelihoods(self.mixtures, frames))
        if self.codebooks is not None:
            return _shares(self.codebooks.scores(frames))
        values = self.frame_inputs.transform(frames)
        if self.fitted is not None:
            return self.fitted.log_probabilities(self.columns(values))
        from micfp.models.training import log_probabilities

        assert self.network is not None
        log_p = log_probabilities(self.network, self._rows(values), np.arange(len(frames)))
        return floored_log(np.exp(log_p))

    def check(self, frames: NDArray[Any]) -> None:
        """Raises MicfpError for frames that it cannot be asked about, with the reason."""
        if frames.shape[1:] != self.frames_shape:
            raise MicfpError(
                f"frames of shape {frames.shape[1:]} do not fit a method that was fitted on "
                f"{self.frames_shape}: use the frame set that it was fitted with"
            )
        _check_finite(frames)

    def columns(self, values: tuple[NDArray[Any], ...]) -> NDArray[np.float32]:
        """What a classifier takes, (n, numbers): its input, or the bottleneck of it."""
        if self.network is None:
            return values[0].reshape(len(values[0]), -1)
        from micfp.models.training import outputs

        network: Any = self.network
        codes = outputs(network.encode, self._rows(values), np.arange(len(values[0])))
        numbers: NDArray[np.float32] = codes.numpy()
        return numbers

    def _rows(self, values: tuple[NDArray[Any], ...]) -> "Rows":
        from micfp.models.training import Rows

        return Rows(values, self.shift, self.scale, np.zeros(len(values[0]), np.int64))

    def parameter_count(self) -> int:
        """Numbers that decide.

        Of a network as the paper counts, without what makes its input. Of a classifier those that
        its file holds, of a likelihood those of its mixtures, and of codebooks all of theirs; and
        of what stands on a mixture for all devices that mixture, and the total-variability matrix.
        """
        if self.network is not None and self.fitted is None:
            from micfp.models.networks.count import parameter_count

            return parameter_count(self.network)
        arrays = [value for mixture in self.mixtures for value in vars(mixture).values()]
        arrays += [] if self.codebooks is None else vars(self.codebooks).values()
        count = self.input_parameter_count() + sum(int(value.size) for value in arrays)
        if self.network is not None:
            count += sum(value.numel() for value in self.network.parameters())
        return count + (0 if self.fitted is None else number_count(self.fitted))

    def input_parameter_count(self) -> int:
        """Numbers of what makes the input: the mixture of all devices, and total variability."""
        return sum(int(value.size) for value in self.frame_inputs.arrays().values())


@dataclass(frozen=True)
class Part:
    """Rows that a method is fitted on, and rows that its network stops on."""

    training: Int64
    validation: Int64


def fit_method(
    method: MethodConfig,
    training: TrainingConfig,
    classifiers: ClassifiersConfig,
    frames: NDArray[Any],
    labels: NDArray[np.str_],
    part: Part,
    seed: int,
    checkpoint: Path | None = None,
    on_epoch: "Callable[[Epoch], None]" = lambda epoch: None,
    perturbed: "Perturbed | None" = None,
) -> "tuple[FittedMethod, Trained | None]":
    """Fit a method; of a network also how its training went.

    Parameters
    ----------
    frames
        (n, T, F), memory-mapped or not
    labels
        class of each row, str (n,)
    checkpoint, on_epoch, perturbed
        as in `training.train`

    Raises
    ------
    MicfpError
        where it cannot be fitted, with the reason
    """
    rng = np.random.default_rng(seed)
    classes = _classes(labels, part)
    _check_finite(frames)
    shape, config = tuple(frames.shape[1:]), method.gaussians
    rows_of_classes = [part.training[labels[part.training] == name] for name in classes]
    alone = FittedMethod(method, FrameInputs((), config.relevance), classes, shape)
    if method.likelihood:
        mixtures = tuple(mixture_of(frames, rows, config, rng) for rows in rows_of_classes)
        return replace(alone, mixtures=mixtures), None
    if method.codebook:
        shift_scale = shift_and_scale("frames", frames, part.training)
        of_classes = (frames[rows].reshape(-1, shape[-1]) for rows in rows_of_classes)
        codebooks = fit_codebooks(of_classes, *shift_scale, method.codewords)
        return replace(alone, codebooks=codebooks), None
    inputs = inputs_of(method)
    frame_inputs = fit_frame_inputs(inputs, frames, part.training, config, rng)
    made = FittedMethod(method, frame_inputs, classes, shape)
    values, trained = frame_inputs.transform(frames), None
    if method.has_network:
        from micfp.models.training import Rows, train

        scales = [shift_and_scale(n, v, part.training) for n, v in zip(inputs, values, strict=True)]
        shift, scale = tuple(s for s, _ in scales), tuple(s for _, s in scales)
        rows = Rows(values, shift, scale, np.searchsorted(np.array(classes), labels))
        network = untrained(method, shape, len(classes), seed)
        trained = train(
            network,
            rows,
            part.training,
            part.validation,
            training,
            seed,
            checkpoint,
            on_epoch,
            perturbed,
        )
        made = replace(made, shift=shift, scale=scale, network=network)
    if method.classifier is not None:
        fitted = _classifier(method, classifiers, made.columns(values), labels, part.training, seed)
        made = replace(made, fitted=fitted, warnings=fitted.warnings)
    return made, trained


def fine_tune(
    pretrained: FittedMethod,
    layers: Literal["mlp", "softmax"],
    training: TrainingConfig,
    frames: NDArray[Any],
    labels: NDArray[np.str_],
    part: Part,
    seed: int,
    checkpoint: Path | None = None,
    on_epoch: "Callable[[Epoch], None]" = lambda epoch: None,
) -> "tuple[FittedMethod, Trained]":
    """Train the last layers of a network for other devices; all others stay as they are (V-H).

    What the other layers give is computed once.

    Parameters
    ----------
    layers
        the hidden layer before the classes and the softmax, or the softmax alone, which is new in
        both; other arguments as in `fit_method`

    Raises
    ------
    MicfpError
        for a method that has no such layers
    """
    import torch
    from torch import nn

    from micfp.models.training import Rows, outputs, train

    if pretrained.method.network != "cross_scale":
        raise MicfpError("only the network cross_scale is fine-tuned: choose a method that is one")
    classes = _classes(labels, part)
    pretrained.check(frames)
    network: Any = copy.deepcopy(pretrained.network)
    rows = Rows(
        pretrained.frame_inputs.transform(frames),
        pretrained.shift,
        pretrained.scale,
        np.searchsorted(np.array(classes), labels),
    )
    torch.manual_seed(seed)
    hidden, relu, old = network.eval().head
    last = nn.Linear(old.in_features, len(classes))
    fixed, learned = (network.features, nn.Sequential(hidden, relu, last))
    if layers == "softmax":
        fixed, learned = (lambda x: relu(hidden(network.features(x)))), nn.Sequential(last)
    given = outputs(fixed, rows, np.arange(len(labels))).numpy()
    zero, one = np.zeros(1, np.float32), np.ones(1, np.float32)
    trained = train(
        learned,
        Rows((given,), (zero,), (one,), rows.y),
        part.training,
        part.validation,
        training,
        seed,
        checkpoint,
        on_epoch,
    )
    network.head = nn.Sequential(hidden, relu, last)
    return replace(pretrained, classes=classes, network=network), trained


def inputs_of(method: MethodConfig) -> tuple[Input, ...]:
    """What a method takes, in order; a likelihood or codebook takes frames as they are."""
    if method.likelihood or method.codebook:
        return ()
    if method.network is not None:
        return NETWORKS[method.network]
    return ("gsv",) if method.input == "bottleneck" else (method.input,)


def shapes_of(method: MethodConfig, frames_shape: tuple[int, ...]) -> dict[Input, tuple[int, ...]]:
    """The shape of a row of each input, in order, where a row of frames has `frames_shape`."""
    n_features, config = frames_shape[-1], method.gaussians
    shapes: dict[Input, tuple[int, ...]] = {
        "frames": frames_shape,
        "statistics": (2 * n_features,),
        "gsv": (config.components, n_features),
        "ivector": (config.ivector_dimension,),
    }
    return {name: shapes[name] for name in inputs_of(method)}


def untrained(
    method: MethodConfig, frames_shape: tuple[int, ...], n_classes: int, seed: int
) -> "nn.Module":
    """The network of a method before training, or the autoencoder of a bottleneck.

    Raises
    ------
    MicfpError
        where the network finds no room in what goes in
    """
    import torch

    torch.manual_seed(seed)
    shapes = shapes_of(method, frames_shape)
    if method.network is None:
        from micfp.models.networks.bottleneck import Bottleneck

        return Bottleneck(*shapes["gsv"])
    module = importlib.import_module(f"micfp.models.networks.{method.network}")
    try:
        network: nn.Module = module.build(method, shapes, n_classes)
    except ValueError as error:
        raise MicfpError(
            f"the network {method.network} cannot be built: {error}; see its frame set, its "
            "gaussians and the corpus"
        ) from None
    return network


def _classes(labels: NDArray[np.str_], part: Part) -> tuple[str, ...]:
    classes = tuple(np.unique(labels[part.training]).tolist())
    if len(classes) < 2:
        raise MicfpError(f"{len(classes)} classes to tell apart: there must be two or more")
    unseen = sorted(set(labels[part.validation].tolist()) - set(classes))
    if unseen:
        raise MicfpError(
            f"{', '.join(unseen[:6])}: in the validation part and not in the training part; choose "
            "another split.validation"
        )
    return classes


def _classifier(
    method: MethodConfig,
    classifiers: ClassifiersConfig,
    columns: NDArray[Any],
    labels: NDArray[np.str_],
    training: Int64,
    seed: int,
) -> Fitted:
    from micfp.models.classical import build, fit

    assert method.classifier is not None
    n_classes = len(np.unique(labels[training]))
    pipeline = build(method.classifier, classifiers, PreparationConfig(), n_classes, seed)
    return fit(pipeline, columns[training], labels[training])


def _shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bayes' rule with equal priors, from log-likelihoods (n, classes)."""
    from micfp.evaluation.decision import normalise_log

    return floored_log(np.exp(normalise_log(scores)))


def _log_likelihoods(mixtures: tuple[Mixture, ...], frames: NDArray[Any]) -> NDArray[np.float64]:
    """Mean log-likelihood of a sample's frames, of each mixture.

    The mean, and not the sum: neighbouring frames overlap and say much the same.
    """
    n, n_frames, n_features = frames.shape
    scores = np.empty((n, len(mixtures)))
    for row in range(n):
        sample = np.asarray(frames[row]).reshape(n_frames, n_features)
        scores[row] = [log_likelihoods(mixture, sample).mean() for mixture in mixtures]
    return scores


def _check_finite(frames: NDArray[Any]) -> None:
    for start in range(0, len(frames), 256):
        some = np.asarray(frames[start : start + 256])
        broken = ~np.isfinite(some).reshape(len(some), -1).all(axis=1)
        if broken.any():
            raise MicfpError(
                f"frames of row {start + np.argmax(broken)} are no numbers (NaN or infinite): look "
                "for its recording in the check, and drop it (check.policy.not_finite: drop)"
            )
