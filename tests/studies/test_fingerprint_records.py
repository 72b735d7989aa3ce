"""Which fingerprint models compare: those that the same trials have judged."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from micfp.engine.task import Spec, Task, read_spec
from micfp.plan.params import Params, merge, parse_params
from micfp.plan.params_file import read_yaml
from micfp.studies.fingerprint.judge import STAGE as JUDGE
from micfp.studies.fingerprint.planning import plan
from micfp.studies.fingerprint.records import JudgedQuestion, equal_error_rates, question_of
from micfp.studies.fingerprint.takes import STAGE as TAKES

ROOT = Path(__file__).parents[2]
POPULATIONS = ("training", "same_setting", "other_setting", "judged")
ROWS = {"other.other_speaker.1_ref.3_s": 0.1, "other.other_session.1_ref.3_s": 0.2}


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))


def _params(given: dict[str, Any]) -> Params:
    return parse_params(merge(read_yaml(ROOT / "params.yaml"), given))


def _written(task: Task) -> Spec:
    task.write_spec()
    return read_spec(task.step, task.key)


def _specs(given: dict[str, Any]) -> tuple[Spec, Spec]:
    """Of the judge, and of fingerprints that it is handed."""
    judge: Task = plan(_params(given))["study"]
    return _written(judge), _written(judge.inputs["takes"][0])


def _asked(given: dict[str, Any]) -> JudgedQuestion:
    return question_of(*_specs(given), ROWS)


def test_models_of_one_judged_population_compare_and_others_do_not() -> None:
    asked = _asked({})
    assert (asked.judged, asked.models) == ("judged", "fingerprint")
    for same in (
        {"n_classes": 8},
        {"training": {"n_devices": 20}},
        {"devices_per_task": 7},
        {"other_setting": {"sessions": 2}},
    ):
        assert _asked({"fingerprint": same}) == asked, same
    for other in (
        {"n_devices": 100},
        {"take_s": 12.0},
        {"name": "judged again"},
        {"noise": {"snr_db": [10.0, 20.0]}},
        {"speaker_part": [3, 4]},
    ):
        assert _asked({"fingerprint": {"judged": other}}).trials != asked.trials, other
    assert _asked({"seed": 7}).trials != asked.trials


def test_speech_is_known_by_its_content_wherever_it_lies(tmp_path: Path) -> None:
    def asked(folder: str, loudness: float = 1.0) -> JudgedQuestion:
        place = tmp_path / folder
        place.mkdir()
        for speaker in range(20):
            sf.write(place / f"{speaker}-1.wav", np.full(100, loudness * speaker / 40), 16_000)
        spoken = {name: {"speech_from": str(place)} for name in POPULATIONS}
        return _asked({"fingerprint": spoken})

    first = asked("first")
    assert asked("second") == first
    assert asked("louder", 1.5).trials != first.trials
    assert first.trials != _asked({}).trials


def test_other_code_and_other_rows_are_another_question() -> None:
    """A stage has a higher version when it makes something else of the same parameters."""
    judge, takes = _specs({})
    asked = question_of(judge, takes, ROWS)
    assert (judge.version, takes.version) == (JUDGE.version, TAKES.version)
    changed = question_of(judge, replace(takes, version=takes.version + 1), ROWS)
    also = question_of(replace(judge, version=judge.version + 1), takes, ROWS)
    assert len({asked.trials, changed.trials, also.trials}) == 3
    fewer = question_of(judge, takes, {"other.other_speaker.1_ref.3_s": 0.1})
    assert fewer.trials == asked.trials
    assert fewer != asked


def test_each_row_has_a_name_of_its_own(tmp_path: Path) -> None:
    table = tmp_path / "judged.csv"
    columns = "factor,setting,n_references,test_s,n_same,n_different,eer,cllr,cllr_min"
    table.write_text(
        f"{columns},detection_at_1_percent\n"
        "other speaker,same,1,3,6,30,0.25,1,1,0.5\n"
        "other speaker,other,3,10,6,30,0.125,1,1,0.5\n"
    )
    assert equal_error_rates(table) == {
        "same.other_speaker.1_ref.3_s": 0.25,
        "other.other_speaker.3_ref.10_s": 0.125,
    }
