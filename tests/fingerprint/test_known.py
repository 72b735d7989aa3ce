"""Fingerprints in a notebook: what the module's own lines say, and what they refuse."""

import doctest

import numpy as np
import pytest

from micfp import fingerprint
from micfp.errors import MicfpError


def test_the_lines_in_the_docs_hold() -> None:
    assert doctest.testmod(fingerprint).failed == 0
    assert doctest.testmod(fingerprint).attempted >= 3


def test_what_is_refused_is_not_enrolled() -> None:
    known = fingerprint.load()
    with pytest.raises(MicfpError, match="samples: nothing but digital silence"):
        known.enrol("a", (np.zeros(48_000, np.float32), 48_000))
    steady = 0.1 * np.random.default_rng(1).standard_normal(96_000).astype(np.float32)
    with pytest.raises(MicfpError, match=r"samples: something stands out for 0\.\d\d s"):
        known.enrol("a", (steady, 48_000))
    with pytest.raises(MicfpError, match="give one recording of it or more"):
        known.enrol("a")
    assert known.devices == ()


def test_an_unknown_sitting_is_a_sentence() -> None:
    with pytest.raises(MicfpError, match="'none' is no sitting: give same, other, any"):
        fingerprint.load(sitting="none")
