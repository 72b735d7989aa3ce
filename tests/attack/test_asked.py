"""A classifier that is asked: what it says is what `micfp identify` says."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch
from small_model import RATE_HZ, device_noise, fit_under

from micfp.attack.perturb import perturb
from micfp.config.attack import PerturbationConfig
from micfp.fingerprint.identify import identify
from micfp.fingerprint.model import load_model
from micfp.studies.attack.perturb import _victim

N = RATE_HZ // 2  # a window of the model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fit_under(tmp_path_factory.mktemp("model"))


def test_it_says_what_identify_says(folder: Path, tmp_path: Path) -> None:
    pieces = np.stack([device_noise(name, seed=5)[:N] for name in ("dull", "bright")])
    log_p = _victim(folder).logits_of(N, RATE_HZ)(torch.from_numpy(pieces)).numpy()
    model = load_model(folder)
    for piece, row in zip(pieces, log_p, strict=True):
        sf.write(tmp_path / "one.wav", piece, RATE_HZ, "FLOAT")
        found = {one.name: one.log_score for one in identify(tmp_path / "one.wav", model).ranking}
        for name, value in zip(model.fitted.classes, row, strict=True):
            assert np.exp(found[name]) == pytest.approx(np.exp(value), abs=1e-6)


def test_asking_turns_it_where_the_budget_allows(folder: Path) -> None:
    pieces = torch.from_numpy(np.stack([device_noise("dull", seed=seed)[:N] for seed in range(4)]))
    logits_of = _victim(folder).logits_of(N, RATE_HZ)
    named = logits_of(pieces).argmax(1)
    turned = {}
    for snr_db in (0, 60):
        config = PerturbationConfig(snr_db=snr_db, queries=60, step_share=0.7)
        draws = torch.Generator().manual_seed(0)
        changed = perturb(logits_of, pieces, named, config, draws)
        turned[snr_db] = float((logits_of(changed).argmax(1) != named).float().mean())
    assert turned[0] > 0
    assert turned[60] == 0
