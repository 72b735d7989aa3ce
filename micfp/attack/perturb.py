"""Perturbation of samples within a budget: FGSM and PGD, or a search by queries.

Fast gradient sign method (Goodfellow, Shlens and Szegedy 2015) and projected gradient descent from
a drawn start (Madry et al. 2018). The budget is a signal-to-noise ratio of each segment (steps
along the gradient, projected to a ball) or a greatest change of any sample (along its sign).

Without the gradient, random search (after Andriushchenko et al. 2020, with narrow bands of noise in
place of squares): a band is added at a time, and kept where the scores that are asked for say that
it helps.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from micfp.config.attack import PerturbationConfig

MASKED_SHARE = 0.5
MASK_FRAME = 1024
LOWEST_BAND_SHARE = 0.003  # of half the sample rate: 48 Hz at 32 kHz


def perturb(
    logits_of: Callable[[Tensor], Tensor],
    samples: Tensor,
    y: Tensor,
    config: PerturbationConfig,
    generator: torch.Generator,
) -> Tensor:
    """Samples changed within the budget so that they are named otherwise.

    Args:
        logits_of: samples (batch, n) to logits (batch, classes), differentiable.
        samples: float32 (batch, n), full scale 1.
        y: int64 (batch,): the true classes; with `config.targeted` those that they are to be
            taken for.
        config: budget, steps and their size.
        generator: draws the start.

    Returns
    -------
        float32 (batch, n). A budget of nothing gives the samples themselves. Of a segment that was
        named as wanted after some step, the step at which the loss was best.
    """
    limit = _limit(samples, config)
    if not (limit > 0).any():
        return samples
    if config.queries is not None:
        return _searched(logits_of, samples, y, limit, config, generator)
    sign = -1.0 if config.targeted else 1.0
    best, best_loss = samples.clone(), torch.full((len(samples),), -torch.inf)
    change = torch.zeros_like(samples)
    if config.steps > 1:
        drawn = torch.rand(samples.shape, generator=generator) * 2 - 1
        change = _within(drawn * limit, samples, limit, config)
    for step in range(config.steps + 1):
        change = change.detach().requires_grad_(True)
        losses = sign * functional.cross_entropy(logits_of(samples + change), y, reduction="none")
        better = losses.detach() > best_loss
        better &= torch.tensor(step > 0 or config.steps > 1)
        best[better], best_loss[better] = (
            (samples + change.detach())[better],
            losses.detach()[better],
        )
        if step == config.steps:
            break
        (gradient,) = torch.autograd.grad(losses.sum(), change)
        size = 1.0 if config.steps == 1 else config.step_share
        if config.snr_db is None:
            move = gradient.sign() * limit
        else:
            move = _unit(gradient) * limit * samples.shape[1] ** 0.5
        change = _within(change.detach() + size * move, samples, limit, config)
    return best


@torch.no_grad()
def _searched(
    logits_of: Callable[[Tensor], Tensor],
    samples: Tensor,
    y: Tensor,
    limit: Tensor,
    config: PerturbationConfig,
    generator: torch.Generator,
) -> Tensor:
    """The best of so many changes of each segment, each the best so far with a band added."""
    sign = -1.0 if config.targeted else 1.0

    def losses_of(change: Tensor) -> Tensor:
        logits = logits_of(samples + change)
        losses: Tensor = sign * functional.cross_entropy(logits, y, reduction="none")
        return losses

    change = torch.zeros_like(samples)
    best_losses = losses_of(change)
    for _ in range(config.queries or 0):
        added = _bands_of_noise(samples, generator) * limit * config.step_share
        tried = _within(change + added, samples, limit, config)
        losses = losses_of(tried)
        better = losses > best_losses
        change[better], best_losses[better] = tried[better], losses[better]
    return samples + change


def _bands_of_noise(samples: Tensor, generator: torch.Generator) -> Tensor:
    """Noise with an RMS of 1 in a third of an octave, another band a row; (batch, n)."""
    batch, n_samples = samples.shape
    n_bins = n_samples // 2 + 1
    bins = torch.arange(n_bins)
    lowest = LOWEST_BAND_SHARE * n_bins
    drawn = torch.rand((batch, 1), generator=generator)
    centre = lowest * (n_bins / lowest) ** drawn
    inside = (bins > centre * 2 ** (-1 / 6)) & (bins < centre * 2 ** (1 / 6))
    noise = torch.randn((batch, n_bins, 2), generator=generator)
    spectrum = torch.view_as_complex(noise) * inside
    band: Tensor = torch.fft.irfft(spectrum, n_samples)
    rms = band.square().mean(1, keepdim=True).sqrt()
    return band / rms.clamp_min(1e-12)


def _limit(samples: Tensor, config: PerturbationConfig) -> Tensor:
    """RMS (of a ratio) or greatest magnitude of the change, (batch, 1)."""
    if config.snr_db is not None:
        power = samples.square().mean(1, keepdim=True)
        return (power / 10 ** (config.snr_db / 10)).sqrt()
    return torch.full((len(samples), 1), config.most_change)


def _within(change: Tensor, samples: Tensor, limit: Tensor, config: PerturbationConfig) -> Tensor:
    """The nearest change that the budget allows, and that leaves samples within full scale."""
    if config.masked:
        change = _below_the_sound(change, samples)
    if config.snr_db is None:
        change = change.clamp(-limit, limit)
    else:
        rms = change.square().mean(1, keepdim=True).sqrt()
        change = change * (limit / rms.clamp_min(1e-12)).clamp_max(1.0)
    return (samples + change).clamp(-1.0, 1.0) - samples


def _below_the_sound(change: Tensor, samples: Tensor) -> Tensor:
    """Keep a change, at each time and frequency, below half of the sound there.

    A stand-in for a model of masking: what lies 6 dB under a sound of its own frequency and time
    is hardly heard (Zwicker and Fastl, Psychoacoustics, 4).
    """
    window = torch.hann_window(MASK_FRAME)

    def spectrum(x: Tensor) -> Tensor:
        return torch.stft(x, MASK_FRAME, window=window, return_complex=True)

    heard, added = spectrum(samples).abs() * MASKED_SHARE, spectrum(change)
    bounded = added * (heard / added.abs().clamp_min(1e-12)).clamp_max(1.0)
    return torch.istft(bounded, MASK_FRAME, window=window, length=samples.shape[1])


def _unit(gradient: Tensor) -> Tensor:
    """Each row with the length 1."""
    unit: Tensor = gradient / gradient.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return unit
