"""What the names of perturbed copies stand on."""

from typing import Any

from micfp.config.attack import PerturbationConfig
from micfp.engine.task import Recording, Task
from micfp.plan.params import parse_params
from micfp.plan.stages import STAGES
from micfp.studies.attack.perturb import attacked

WINDOWS = {"method": "windows", "windows": {"length_s": 1.0, "hop_s": 1.0}}


def copies(config: PerturbationConfig, **segments: Any) -> list[str]:
    params = parse_params({"segments": WINDOWS | segments})
    trained = Task(STAGES["train"], {"name": "plain_cnn"})
    originals = (Recording("r", "a.wav", {}, 0),)
    return [one.recording for one in attacked(params, trained, config, originals)]


def test_copies_stand_on_the_windows_and_no_other_way_of_cutting() -> None:
    config = PerturbationConfig(snr_db=30.0)
    plain = copies(config)
    assert copies(config, silence={"threshold_dbfs": -40.0}, max_length_s=9.0) == plain
    assert copies(config, windows={"length_s": 0.5, "hop_s": 1.0}) != plain
