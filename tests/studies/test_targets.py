"""What the results of all targets stand on."""

from pathlib import Path
from typing import Any

import pytest
from all_targets import tasks_of_all_targets
from changed_params import changed_params

from micfp.errors import MicfpError
from micfp.plan.params import merge

OF_PUBLISHING: dict[str, Any] = {
    "report": {"title": "Another", "thesis_figures": True},
    "tracking": {"experiment": "another", "uri": "http://127.0.0.1:5000"},
    "corpus": {"name": "another"},
}


@pytest.mark.parametrize("section", OF_PUBLISHING)
def test_what_is_only_published_makes_no_result_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str
) -> None:
    """Neither of `all` nor of a study: it is published again, and that is all."""
    monkeypatch.setenv("MICFP_STORE", str(tmp_path))
    studies = {
        "duration": {"corpora": {"here": {}}},
        "bench": {
            "sessions": [
                {
                    "name": "day-1",
                    "room_size_m": [4.0, 3.2, 2.5],
                    "loudspeaker_m": [1.0, 1.5, 1.2],
                    "contents": [
                        {"name": name, "kind": "noise", "duration_s": 3.0} for name in ("1", "2")
                    ],
                }
            ]
        },
    }
    before, after = (
        [
            task.address
            for wanted in tasks_of_all_targets(changed_params(**merge(studies, more))).values()
            if not isinstance(wanted, MicfpError)
            for task in wanted
        ]
        for more in ({}, {section: OF_PUBLISHING[section]})
    )
    assert {"evaluate", "search", "compare_durations"} <= {a.split("/")[0] for a in before}
    assert after == before
