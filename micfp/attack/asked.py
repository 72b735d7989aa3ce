"""A classifier that an attacker may ask: samples in, scores out, and no gradient."""

import numpy as np
import torch
from torch import Tensor

from micfp.evaluation.decision import LOG_TINY
from micfp.features import FeatureSet, extract, used_columns
from micfp.models.classical import Fitted


class OnFeatures:
    """A fitted classifier with the features before it."""

    def __init__(
        self,
        fitted: Fitted,
        settings: FeatureSet,
        families: tuple[str, ...] | None,
        sample_rate_hz: int,
    ) -> None:
        """families: those of the set that the classifier learned from; None: all."""
        self.fitted, self.settings, self.sample_rate_hz = fitted, settings, sample_rate_hz
        self.used = used_columns(settings, families)

    def __call__(self, samples: Tensor) -> Tensor:
        """Log-probabilities (batch, classes) of samples (batch, n)."""
        rows = [extract(one, self.sample_rate_hz, self.settings) for one in samples.numpy()]
        log_p = self.fitted.log_probabilities(np.stack(rows)[:, self.used].astype(np.float32))
        return torch.from_numpy(np.maximum(log_p, LOG_TINY))
