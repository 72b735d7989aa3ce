"""What is of another kind than asked for is one sentence."""

from typing import Any

import numpy as np
import pytest

import micfp

SINE = (np.sin(np.arange(44_100) / 10).astype(np.float32), 22_050)


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        ("features", {"recording": SINE, "sets": None}, "sets None"),
        ("features", {"recording": SINE, "sets": []}, r"sets \[\]"),
        ("features", {"recording": SINE, "sets": [[1]]}, "is no feature set"),
        ("features", {"recording": SINE, "segments": 3}, "segments 3"),
        ("features", {"recording": (np.ma.masked_array(SINE[0]), 22_050)}, "masked"),
        ("features", {"recording": SINE, "channel": np.zeros(3)}, "channel"),
        ("train", {"folder": None}, "None is no path"),
        ("train", {"folder": "x", "project": 3}, "3 is no path"),
        ("train", {"folder": "x", "cores": "many"}, "cores 'many'"),
        ("cluster", {"recordings": ["a.wav"], "prior_odds": "x"}, "prior_odds 'x'"),
        ("compare", {"a": ["a.wav"], "b": ["b.wav"], "seed": -1}, "seed -1"),
        ("open_case", {"path": "x\0"}, "is no path"),
        ("open_case", {"path": "a" * 5000}, "is no path"),
    ],
)
def test_it_is_one_sentence(function: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(micfp.MicfpError, match=said):
        getattr(micfp, function)(**arguments)
