"""Trains the network to tell apart devices that it invents: those of a population, equalised.

What an equaliser adds to a recording it adds to each of its vectors, so that every batch has
devices that no other has: a device of the population through a curve drawn as responses of devices
are. Two views of each are compared with all others: mostly of two sessions and speakers, degraded
and cut to fewer bands. Some batches hold a device twice with curves that are nearly alike.

References
----------
Wang and others (2018), Additive margin softmax. van den Oord and others (2018), Representation
learning with contrastive predictive coding: whoever else is in the batch is a class.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from micfp.bench.phone import GRID_HZ, drawn_response_db
from micfp.config.population import PopulationConfig
from micfp.fingerprint.embedding.network import (
    LEAST_DEVIATION_DB,
    N_FEATURES,
    Network,
    features,
    levelled,
)
from micfp.fingerprint.embedding.spectra import (
    N_BANDS,
    Float32,
    band_centres_hz,
    band_edges_hz,
)
from micfp.fingerprint.embedding.stretches import N_COPIES, STRETCHES_S, Stretches
from micfp.progress import progress

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

N_CURVES = 4096
DEVICES_PER_BATCH = 64
LEARNING_RATE, WEIGHT_DECAY, DROPOUT = 2e-3, 0.02, 0.1
WARM_UP = 0.1
"""Share of the training in which the learning rate rises; then it falls to nothing."""
MARGIN = 0.2
"""Of the cosine of one device, from 0 to this over the first half of the steps."""
CONTRAST_WEIGHT = 0.1
"""Of the loss by which views find each other, against that of one threshold for all pairs."""
OTHER_SITTING = 0.75
"""Share of views that are of another session and speaker; the others are of any."""
OTHER_VOICES, VOICE = 0.7, 1.0
"""Share of views whose speaker becomes another, and by how much: up to all of what two speakers in
one room differ by. Speakers are few, and would be learned by heart."""
WARPED, WARP = 0.8, 0.2
"""Share of devices at another speed, and the log of the largest change."""
CLEAN = 0.6
WHOLE_REFERENCES = 0.5
ALIKE, ALIKE_CURVE = 0.3, 0.5
"""Share of devices that are in a batch twice with nearly one curve, and how far these differ."""
CURVE, UNCHANGED = 0.9, 0.15
"""Curves are taken times up to this, so that devices differ as much as they do anyway; the share
of devices that stay as they are."""
TOPS_HZ = (3400.0, 4000.0, 7000.0, 8000.0, 11_000.0, 13_000.0)
NARROW_BOTH, NARROW_ONE = 0.2, 0.12


@dataclass(frozen=True)
class NetworkSize:
    """What is trained, and how long.

    Attributes
    ----------
    n_hidden, n_dimensions
        Widths.
    n_steps
        Batches.
    """

    n_hidden: int
    n_dimensions: int
    n_steps: int


def equalisers(config: PopulationConfig, n: int, rng: np.random.Generator) -> Float32:
    """Curves (n, N_BANDS) in dB, drawn as responses of the population without a low-pass."""
    smooth = config.response.model_copy(update={"low_pass_share": 0.0})
    config = config.model_copy(update={"response": smooth})
    curves = [
        np.interp(band_centres_hz(), GRID_HZ, drawn_response_db(config, rng)) for _ in range(n)
    ]
    return np.array(curves, np.float32)


@dataclass(frozen=True)
class Lessons:
    """Draws batches.

    Attributes
    ----------
    stretches
        Of two or more devices, sessions and speakers.
    curves
        (n_curves, N_BANDS) in dB.
    """

    stretches: Stretches
    curves: Float32

    def batch(self, rng: np.random.Generator) -> list[tuple[Float32, Float32]]:
        """Two views of each of some devices: vectors (n, 4, N_BANDS), and seconds (n,)."""
        n_devices, n_sessions, n_speakers = self.stretches.vectors.shape[:3]
        some = rng.permutation(n_devices)[:DEVICES_PER_BATCH]
        devices = np.tile(some, 2)
        n = len(devices)
        curves = self._curves(n, rng)
        session, speaker = rng.integers(n_sessions, size=n), rng.integers(n_speakers, size=n)
        elsewhere = rng.random(n) < OTHER_SITTING
        others = (
            np.where(
                elsewhere, _another(session, n_sessions, rng), rng.integers(n_sessions, size=n)
            ),
            np.where(
                elsewhere, _another(speaker, n_speakers, rng), rng.integers(n_speakers, size=n)
            ),
        )
        both = _narrowed(n, NARROW_BOTH, rng)
        views = []
        source = _warped_bands(n, rng)
        for whole, (of_session, of_speaker) in ((True, (session, speaker)), (False, others)):
            copy = np.where(rng.random(n) < CLEAN, 0, 1 + rng.integers(N_COPIES, size=n))
            stretch = rng.integers(len(STRETCHES_S), size=n)
            if whole:
                stretch = np.where(rng.random(n) < WHOLE_REFERENCES, 0, stretch)
            place = (devices, of_session, of_speaker, copy, stretch)
            vectors = self.stretches.vectors[place] + curves[:, None] + self._voices(n, rng)
            vectors = _at(vectors, source)
            kept = both & _narrowed(n, NARROW_ONE, rng)
            vectors = np.where(kept[:, None], vectors, np.float32(np.nan))
            views.append((vectors, self.stretches.active_s[place]))
        return views

    def _curves(self, n: int, rng: np.random.Generator) -> Float32:
        """Curves (n, N_BANDS), those of the second half often nearly those of the first."""
        draw = rng.integers(len(self.curves), size=n)
        curves = self.curves[draw] * (CURVE * rng.random(n))[:, None]
        curves[rng.random(n) < UNCHANGED] = 0
        half = n // 2
        near = curves[:half] + ALIKE_CURVE * self.curves[rng.integers(len(self.curves), size=half)]
        alike = rng.random(half) < ALIKE
        curves[half:] = np.where(alike[:, None], near, curves[half:])
        return np.asarray(curves, np.float32)

    def _voices(self, n: int, rng: np.random.Generator) -> Float32:
        """What (n, 4, N_BANDS) another speaker would change: the difference of two in one room."""
        n_devices, n_sessions, n_speakers = self.stretches.vectors.shape[:3]
        device, session = rng.integers(n_devices, size=n), rng.integers(n_sessions, size=n)
        one = rng.integers(n_speakers, size=n)
        other = _another(one, n_speakers, rng)
        vectors = self.stretches.vectors[:, :, :, 0, 0]
        change = vectors[device, session, one] - vectors[device, session, other]
        amount = VOICE * rng.random(n) * (rng.random(n) < OTHER_VOICES)
        return np.asarray(np.nan_to_num(change) * amount[:, None, None], np.float32)


def _another(of: Ints, n: int, rng: np.random.Generator) -> Ints:
    """For each a number below n that is another one."""
    return np.asarray((of + 1 + rng.integers(n - 1, size=len(of))) % n)


def _warped_bands(n: int, rng: np.random.Generator) -> Array:
    """For each of n devices the place (n, N_BANDS) among bands from which each band is taken.

    Everything at another speed: another device, recorded from speakers with shorter or longer vocal
    tracts. Beyond the bands: N_BANDS.
    """
    amount = WARP * rng.uniform(-1, 1, n) * (rng.random(n) < WARPED)
    hz = band_centres_hz() * np.exp(amount)[:, None]
    return np.interp(hz, band_centres_hz(), np.arange(N_BANDS), right=N_BANDS)


def _at(vectors: Float32, place: Array) -> Float32:
    """Vectors (n, 4, N_BANDS) at places between their bands, NaN beyond the last."""
    low = np.minimum(place.astype(np.int64), N_BANDS - 1)[:, None]
    high = np.minimum(low + 1, N_BANDS - 1)
    share = (place[:, None] - low).astype(np.float32)
    first = np.take_along_axis(vectors, np.broadcast_to(low, vectors.shape), axis=2)
    second = np.take_along_axis(vectors, np.broadcast_to(high, vectors.shape), axis=2)
    found = np.where(share > 0, (1 - share) * first + share * second, first)
    return np.where(place[:, None] < N_BANDS, found, np.float32(np.nan))


def _narrowed(n: int, share: float, rng: np.random.Generator) -> Bools:
    """Bands (n, N_BANDS) that are left, all of most and those below one of TOPS_HZ of a share."""
    tops = np.where(rng.random(n) < share, rng.choice(TOPS_HZ, n), np.inf)
    return np.asarray(band_edges_hz()[2:] <= tops[:, None])


def train_network(
    stretches: Stretches, config: PopulationConfig, size: NetworkSize, seed: int
) -> Network:
    """Train from a seed, on one core; the same seed gives the same weights on one machine.

    Parameters
    ----------
    stretches
        Of two or more devices, sessions and speakers.
    config
        The population, whose responses curves are drawn like.
    size
        Of the network and of its training.
    seed
        Draws weights, curves and batches.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(seed)
            return _trained(stretches, config, size, np.random.default_rng(seed))
    finally:
        torch.set_num_threads(threads)


def _trained(
    stretches: Stretches, config: PopulationConfig, size: NetworkSize, rng: np.random.Generator
) -> Network:
    import torch

    lessons = Lessons(stretches, equalisers(config, N_CURVES, rng))
    mean_db, deviation_db = _scale(stretches)
    layers, scale = _layers(size), torch.nn.Parameter(torch.tensor([2.7, 2.7, -6.0]))
    learned = [*layers.parameters(), scale]
    optimiser = torch.optim.AdamW(learned, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    for step in progress(range(size.n_steps), size.n_steps, "training the network"):
        views = lessons.batch(rng)
        given = []
        for vectors, active_s in views:
            values, present = levelled(vectors)
            given.append(
                features(values, present, active_s.astype(np.float64), mean_db, deviation_db)
            )
        points = _forward(layers, torch.from_numpy(np.concatenate(given).astype(np.float32)))
        margin = MARGIN * min(1.0, 2 * step / size.n_steps)
        first, second = points.chunk(2)
        loss = _loss(first, second, scale, margin)
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * _pace(step / size.n_steps)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return _folded(layers.eval(), mean_db, deviation_db, float(scale[1].detach().exp()))


def _pace(done: float) -> float:
    """Share of the learning rate, once so much of the training (0..1) is done."""
    rise = min(1.0, 0.04 + done / WARM_UP)
    fall = 0.5 + 0.5 * np.cos(np.pi * max(0.0, done - WARM_UP) / (1 - WARM_UP))
    return float(rise * fall)


def _scale(stretches: Stretches) -> tuple[Array, Array]:
    """Mean and deviation (4, N_BANDS) of what is given, over whole recordings as they are."""
    whole = stretches.vectors[:, :, :, 0, 0]
    values, present = levelled(whole.reshape(-1, *whole.shape[-2:]))
    n = np.maximum(present.sum(axis=0), 1)
    mean = values.sum(axis=0) / n
    squares = np.square((values - mean) * present[:, None]).sum(axis=0) / n
    # Equalisers add about as much again.
    deviation = 1.2 * np.maximum(np.sqrt(squares), LEAST_DEVIATION_DB)
    return _half(mean).astype(np.float64), _half(deviation).astype(np.float64)


def _layers(size: NetworkSize) -> "torch.nn.ModuleDict":
    from torch.nn import BatchNorm1d, Dropout, Linear, ModuleDict

    n = size.n_hidden
    return ModuleDict(
        {
            "first": Linear(N_FEATURES, n),
            "first_norm": BatchNorm1d(n),
            "second": Linear(n, n),
            "second_norm": BatchNorm1d(n),
            "last": Linear(n, size.n_dimensions),
            "dropout": Dropout(DROPOUT),
        }
    )


def _forward(layers: "torch.nn.ModuleDict", x: "torch.Tensor") -> "torch.Tensor":
    """Directions (n, n_dimensions) of what is given (n, N_FEATURES)."""
    import torch

    drop: Callable[[Any], Any] = layers["dropout"]
    x = drop(torch.relu(layers["first_norm"](layers["first"](x))))
    x = drop(x + torch.relu(layers["second_norm"](layers["second"](x))))
    return torch.nn.functional.normalize(layers["last"](x), dim=-1)


def _loss(
    first: "torch.Tensor", second: "torch.Tensor", scale: "torch.Tensor", margin: float
) -> "torch.Tensor":
    """How badly views (n, n_dimensions) of n devices find each other, and pass one threshold.

    `scale`: log slope of the one, log slope and offset of the other.
    """
    import torch
    from torch.nn.functional import cross_entropy, softplus

    cosine = first @ second.T
    same = torch.eye(len(cosine), dtype=torch.bool)
    own = torch.arange(len(cosine))
    found = scale[0].exp() * (cosine - margin * same)
    contrast = (cross_entropy(found, own) + cross_entropy(found.T, own)) / 2
    log_odds = scale[1].exp() * cosine + scale[2]
    threshold = (softplus(-log_odds[same]).mean() + softplus(log_odds[~same]).mean()) / 2
    return CONTRAST_WEIGHT * contrast + threshold


def _folded(
    layers: "torch.nn.ModuleDict", mean_db: Array, deviation_db: Array, slope: float
) -> Network:
    """The network with its norms in its weights."""
    weights = {"mean_db": mean_db, "deviation_db": deviation_db, "slope": np.array([slope])}
    for name in ("first", "second"):
        linear: Any = layers[name]
        norm: Any = layers[f"{name}_norm"]
        gain = norm.weight / (norm.running_var + norm.eps).sqrt()
        bias = (linear.bias - norm.running_mean) * gain + norm.bias
        weights[name] = (linear.weight * gain[:, None]).T.detach().numpy()
        weights[f"{name}_bias"] = bias.detach().numpy()
    last: Any = layers["last"]
    weights["last"] = last.weight.T.detach().numpy()
    weights["last_bias"] = last.bias.detach().numpy()
    return Network(**{name: _half(one) for name, one in weights.items()})


def _half(array: Any) -> NDArray[np.float16]:
    return np.asarray(array, np.float16)
