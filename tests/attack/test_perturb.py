"""Perturbations: their budget, and that they do what they are for."""

import numpy as np
import pytest
import torch
from torch import Tensor

from micfp.attack.perturb import _bands_of_noise, perturb
from micfp.config.attack import PerturbationConfig

N = 2000


def config(**changed: object) -> PerturbationConfig:
    return PerturbationConfig.model_validate(changed)


def problem(seed: int = 0) -> tuple[torch.nn.Linear, Tensor, Tensor]:
    """A linear model of three classes, and samples that it names rightly."""
    torch.manual_seed(seed)
    model = torch.nn.Linear(N, 3)
    samples = 0.1 * torch.randn(12, N)
    return model, samples, model(samples).argmax(1)


def snr_db(samples: Tensor, changed: Tensor) -> np.ndarray:
    noise = (changed - samples).double().square().mean(1)
    return (10 * torch.log10(samples.double().square().mean(1) / noise)).numpy()


def changed_by(own: PerturbationConfig, seed: int = 0) -> tuple[Tensor, Tensor, float]:
    model, samples, y = problem()
    wanted = (y + 1) % 3 if own.targeted else y
    changed = perturb(model, samples, wanted, own, torch.Generator().manual_seed(seed))
    named = model(changed).argmax(1)
    success = (named == wanted) if own.targeted else (named != y)
    return samples, changed, float(success.float().mean())


@pytest.mark.parametrize("steps", [1, 10])
@pytest.mark.parametrize("db", [20.0, 40.0])
def test_the_ratio_is_kept(steps: int, db: float) -> None:
    samples, changed, _ = changed_by(config(snr_db=db, steps=steps))
    assert (snr_db(samples, changed) >= db - 0.01).all()
    np.testing.assert_allclose(snr_db(samples, changed), db, atol=0.3)  # and used


@pytest.mark.parametrize("steps", [1, 10])
def test_no_sample_changes_by_more(steps: int) -> None:
    samples, changed, _ = changed_by(config(most_change=0.004, steps=steps, step_share=0.5))
    assert (changed - samples).abs().max() <= 0.004 + 1e-7
    # on a linear model the best change is the whole budget everywhere
    assert ((changed - samples).abs() > 0.0039).float().mean() > 0.9


def test_a_budget_of_nothing_changes_nothing() -> None:
    samples, changed, success = changed_by(config())
    assert torch.equal(samples, changed)
    assert success == 0


@pytest.mark.parametrize("targeted", [False, True])
def test_more_budget_more_success(targeted: bool) -> None:
    rates = [changed_by(config(snr_db=db, targeted=targeted))[2] for db in (80, 40, 20)]
    assert rates == sorted(rates)
    assert rates[0] < 0.3
    assert rates[-1] == 1.0


def test_of_a_linear_model_the_change_is_along_its_weights() -> None:
    model, samples, y = problem()
    changed = perturb(model, samples, y, config(snr_db=30, steps=1), torch.Generator())
    change = changed - samples
    logits = model(samples).detach().requires_grad_(True)
    loss = torch.nn.functional.cross_entropy(logits, y, reduction="sum")
    (slope,) = torch.autograd.grad(loss, logits)
    expected = slope @ model.weight.detach()
    cosine = torch.nn.functional.cosine_similarity(change, expected)
    np.testing.assert_allclose(cosine.numpy(), 1, atol=1e-3)


def test_samples_stay_within_full_scale() -> None:
    model, samples, y = problem()
    loud = (samples / samples.abs().max()).clamp(-0.999, 0.999)
    changed = perturb(model, loud, y, config(snr_db=5), torch.Generator())
    assert changed.abs().max() <= 1


def test_a_masked_change_lies_below_the_sound() -> None:
    model, _, y = problem()
    time = torch.arange(N) / 8000
    tones = 0.3 * torch.sin(2 * torch.pi * 1000 * time).repeat(12, 1)
    for masked in (True, False):
        changed = perturb(
            model, tones, y, config(snr_db=20, masked=masked), torch.Generator().manual_seed(1)
        )
        power = torch.fft.rfft(changed - tones).abs().square()
        at_tone = power[:, 200:300].sum() / power.sum()  # 4 Hz a bin: 800 to 1200 Hz
        assert (at_tone > 0.5) == masked


def test_same_draws_same_bytes() -> None:
    one, two, other = (changed_by(config(snr_db=40, steps=3), seed)[1] for seed in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_a_search_by_queries_keeps_the_budget_and_finds_more_with_more() -> None:
    successes = []
    for queries in (5, 400):
        own = config(snr_db=10, queries=queries, step_share=0.3)
        samples, changed, success = changed_by(own)
        assert (snr_db(samples, changed) >= 10 - 0.01).all()
        successes.append(success)
    assert successes[1] > successes[0]


def test_a_search_asks_so_many_times_and_for_no_gradient() -> None:
    model, samples, y = problem()
    asked = []

    def logits_of(x: Tensor) -> Tensor:
        asked.append(x.requires_grad or torch.is_grad_enabled())
        return model(x)

    own = config(snr_db=10, queries=7)
    perturb(logits_of, samples, y, own, torch.Generator().manual_seed(0))
    assert asked == [False] * 8  # seven changes, and what they are held against


def test_a_search_never_makes_it_worse() -> None:
    model, samples, y = problem()
    own = config(snr_db=10, queries=20)
    changed = perturb(model, samples, y, own, torch.Generator().manual_seed(0))
    losses = [
        torch.nn.functional.cross_entropy(model(x), y, reduction="none") for x in (samples, changed)
    ]
    assert (losses[1] >= losses[0]).all()


def test_a_band_is_a_third_of_an_octave_with_an_rms_of_one() -> None:
    bands = _bands_of_noise(torch.zeros(50, 16000), torch.Generator().manual_seed(1))
    assert bands.square().mean(1).sqrt().numpy() == pytest.approx(1.0, abs=1e-3)
    power = torch.fft.rfft(bands).abs().square()
    for row in power:
        there = torch.nonzero(row > 1e-6 * row.max()).ravel()
        assert 1 <= float(there.max()) / float(there.min()) <= 2 ** (1 / 3)
