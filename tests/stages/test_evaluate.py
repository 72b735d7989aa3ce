"""The step that judges models: what it says of the control with shuffled labels."""

import math

import pytest

from micfp.stages.evaluate import _control


def test_the_control_has_students_interval() -> None:
    # Mean 0.2, sample standard deviation 0.01581, over the root of 5: 0.00707; t of 99 % with 4
    # degrees of freedom: 4.604 (any table); 0.2 -+ 0.03256
    found = _control({"shuffled_labels": [0.18, 0.19, 0.2, 0.21, 0.22], "n_classes": 5})
    assert found["shuffled_accuracy"] == pytest.approx(0.2)
    assert found["shuffled_low"] == pytest.approx(0.16744, abs=1e-5)
    assert found["shuffled_high"] == pytest.approx(0.23256, abs=1e-5)
    assert found["chance"] == 0.2


def test_one_shuffle_has_no_interval() -> None:
    found = _control({"shuffled_labels": [0.31], "n_classes": 4})
    assert found["shuffled_accuracy"] == 0.31
    assert math.isnan(found["shuffled_low"])
    assert math.isnan(found["shuffled_high"])
