"""A corpus of noise through two filters, and a real model fitted on it by the steps themselves."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from micfp.engine.graph import missing
from micfp.engine.run import make
from micfp.engine.task import read_spec
from micfp.plan.experiment import plan_experiment
from micfp.plan.params import Params, merge, parse_params

RATE_HZ = 32_000
DEVICES = {"dull": 0.6, "bright": -0.6}
"""One coefficient of a filter each: y[n] = x[n] + a x[n - 1]."""

PARAMS: dict[str, Any] = {
    "trim": {"train": None, "test": None},
    "segments": {"method": "windows", "windows": {"length_s": 0.5, "hop_s": 0.5}},
    "features": {"ltas": {"families": ["ltas"], "rate_hz": "native", "bands": {"n_bands": 32}}},
    "split": {"kind": "by_session", "test": ["day-2"]},
    "split_comparison": {},
    "selection": {"folds": 2},
    "models": [{"features": "ltas", "preparation": "plain", "classifiers": ["lda"]}],
}


def device_noise(
    device: str, seconds: float = 4.0, rate_hz: int = RATE_HZ, seed: int = 0, level: float = 0.1
) -> Any:
    """Noise as the device would record it, float32 (n,), RMS `level`."""
    white = np.random.default_rng(seed).standard_normal(round(seconds * rate_hz) + 1)
    # Above 8 kHz alike at every rate: the filter is one of 32 kHz, put in the frequency domain.
    spectrum = np.fft.rfft(white[1:])
    hz = np.fft.rfftfreq(len(white) - 1, 1 / rate_hz)
    spectrum *= np.abs(1 + DEVICES[device] * np.exp(-2j * np.pi * hz / RATE_HZ))
    samples = np.fft.irfft(spectrum, len(white) - 1)
    return (level * samples / np.sqrt(np.mean(samples**2))).astype(np.float32)


def write_corpus(root: Path, rate_hz: int = RATE_HZ) -> Path:
    """`<root>/<device>/<day>/<content>.wav`: two devices, two days, two contents."""
    for device in DEVICES:
        for day in (1, 2):
            for content in (1, 2):
                path = root / device / f"day-{day}" / f"speech-{content}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                seed = 10 * day + content + 100 * list(DEVICES).index(device)
                sf.write(path, device_noise(device, 4.0, rate_hz, seed), rate_hz, "PCM_16")
    return root


def parameters(root: Path, **difference: Any) -> Params:
    """Parameters of one quick model on a corpus in folders."""
    base = merge(PARAMS, {"corpus": {"reader": "folder", "root": str(root)}})
    return parse_params(merge(base, difference))


def fit_model(params: Params) -> Path:
    """Folder of the only model of the parameters, made in this process."""
    (fit,) = plan_experiment(params).fits.values()
    for task in missing([fit]):
        task.write_spec()
        make(read_spec(task.step, task.key))
    return fit.path / "model"


def fit_under(root: Path, **difference: Any) -> Path:
    """A corpus, a store and the model fitted on it, all under `root`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICFP_STORE", str(root / "store"))
        return fit_model(parameters(write_corpus(root / "corpus"), **difference))
