"""Features less what all devices made of the same sound."""

import numpy as np
import pandas as pd
import pytest

from micfp.errors import MicfpError
from micfp.stages.dataset import content_normalised


def table(devices: list[str], starts: list[int], values: list[float]) -> pd.DataFrame:
    n = len(devices)
    return pd.DataFrame(
        {
            "segment": [f"s{i}" for i in range(n)],
            "recording": devices,
            "device": devices,
            **{name: [""] * n for name in ("make", "model", "unit")},
            "session": ["day"] * n,
            "content": ["speech"] * n,
            "start_sample": starts,
            "stop_sample": [start + 10 for start in starts],
            "level": np.array(values, np.float32),
        }
    )


def test_the_mean_of_one_sound_is_taken_away() -> None:
    given = table(["a", "b", "a", "b", "c"], [0, 0, 10, 10, 10], [1, 3, 10, 20, 60])
    found = content_normalised(given)
    # means 2 and 30
    assert found["level"].tolist() == [-1, 1, -20, -10, 30]
    assert found["level"].dtype == np.float32
    assert found["segment"].tolist() == given["segment"].tolist()


def test_a_column_that_is_not_there_stays_so_and_counts_for_nobody() -> None:
    found = content_normalised(table(["a", "b", "c"], [0, 0, 0], [1, np.nan, 3]))
    assert found["level"].tolist()[::2] == [-1, 1]
    assert np.isnan(found["level"][1])


def test_a_sound_that_one_device_recorded_alone() -> None:
    with pytest.raises(MicfpError, match="nothing but a recorded content speech of session day at"):
        content_normalised(table(["a", "b", "a"], [0, 0, 10], [1, 2, 3]))
