"""The paper's trainings as its text has them, and where they are not as usual."""

from pathlib import Path

import pytest

from micfp.engine.task import Task
from micfp.models.method_config import TrainingConfig
from micfp.plan.frames import train_task
from micfp.plan.params import Params, load_params, parse_params
from micfp.plan.stages import STAGES

CHECKOUT = Path(__file__).parents[2]
PRESETS = CHECKOUT / "workflow" / "presets"


def full() -> Params:
    return load_params([CHECKOUT / "params.yaml", PRESETS / "paper-full.yaml"])


def test_the_full_size_trains_as_the_paper_says() -> None:
    """V-E, and of the transfer V-H: "1e-5, 32, and 300, respectively"."""
    trainings = full().trainings
    for name, learning_rate, batch_size, epochs in (
        ("paper", 1e-4, 64, 100),
        ("paper_fine_tuning", 1e-5, 32, 300),
    ):
        training = trainings[name]
        assert training.learning_rate == learning_rate
        assert (training.batch_size, training.epochs) == (batch_size, epochs)
        assert (training.patience_epochs, training.keep) == (None, "last")
    # "decreasing by a factor of 1/10 every 30 epochs"; of the transfer nothing is said
    assert (trainings["paper"].schedule, trainings["paper"].step_epochs) == ("steps", 30)
    assert trainings["paper"].factor == 0.1


def test_every_network_of_the_full_size_is_trained_so_but_for_what_is_called_ours() -> None:
    params = full()
    named = {
        method
        for part in (*params.paper.table5, *params.paper.ablation, *params.paper.lean)
        for method in part.methods
        if params.methods[method].has_network
    }
    assert {name for name in named if params.methods[name].training != "paper"} == {
        "cross_scale_ours"
    }


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({}, {}),
        ({"accelerator": "none"}, {"accelerator": "none"}),
        ({"precision": "tf32"}, {"precision": "tf32"}),
    ],
)
def test_the_place_of_a_training_reaches_the_worker_where_it_is_not_as_usual(
    changed: dict[str, str], kept: dict[str, str]
) -> None:
    params = parse_params(
        {
            "trainings": {"ours": changed},
            "methods": {"mine": {"frames": "timing_tandem", "network": "cross_scale"}},
            "split": {"kind": "by_session", "test": ["day-2"], "validation": {"share": 0.2}},
        }
    )
    method = params.methods["mine"]
    task = train_task(
        params, "n", method, params.trainings["ours"], Task(STAGES["matrix"], {"name": "n"})
    )
    given = task.params["training"]
    assert {n: given[n] for n in ("accelerator", "precision") if n in given} == kept
    read = TrainingConfig.model_validate(given)
    assert (read.accelerator, read.precision) == (
        kept.get("accelerator", "auto"),
        kept.get("precision", "mixed"),
    )
