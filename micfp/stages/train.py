"""Step `train`: a method that learns from frame matrices, fitted on the training part of a split.

What `fit` is for feature tables. A network stops on the split's validation part; the test part is
scored once. Reads: a matrix; for fine-tuning another training. Writes: `scores.parquet` (test
rows), `model/` (the method, and what it needs of a new recording), `curves.csv` (a row per epoch)
and `fit.json` (sizes, epochs, whether it converged). A network that a kill cut off goes on from its
last epoch.
"""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.attack import PerturbationConfig
from micfp.config.models import SplitConfig
from micfp.engine import store
from micfp.engine.task import Spec
from micfp.engine.watch import Watch
from micfp.evaluation.scores import scores_table
from micfp.models.classifiers import ClassifiersConfig
from micfp.models.method_config import MethodConfig, TrainingConfig
from micfp.stages.fitting import describe, read_labels
from micfp.tables import write_table

if TYPE_CHECKING:
    import numpy as np

    from micfp.attack.adversarial import Adversary
    from micfp.models.methods import FittedMethod, Part
    from micfp.models.training import Epoch, Trained


def run(spec: Spec, out: Path) -> dict[str, float]:
    """Fit, score and keep the method; return the seconds that it took."""
    import numpy as np
    import pandas as pd

    from micfp.evaluation.metrics import measure
    from micfp.models.method_files import save_method
    from micfp.models.methods import Part
    from micfp.recordings.copies import make_folds_with_copies
    from micfp.recordings.splits import Asked

    params = spec.params
    frames = np.load(spec.entry("matrix") / "frames.npy", mmap_mode="r")
    labels = read_labels(spec.entry("matrix"), params["target"])
    split = SplitConfig.model_validate(params["split"])
    rng = np.random.default_rng(params["seed"])
    asked = Asked(spec.where)
    (fold,) = make_folds_with_copies(labels, split, params["target"], rng, asked)
    y = labels[params["target"]].to_numpy(str)
    with spec.watched(spec) as live:
        start = time.perf_counter()
        made, trained = _fitted(spec, frames, y, Part(fold.train, fold.validation), live)
        middle = time.perf_counter()
        log_p = made.log_probabilities(np.asarray(frames[fold.test]))
        predict_s = time.perf_counter() - middle
        # Figures per recording follow from `micfp track`: a training knows no rule of decision.
        judged = measure(y[fold.test], log_p, made.classes)
        live.metrics(judged.scalars() | {"n_parameters": made.parameter_count()})
    if trained is not None and trained.resumed:
        print(f"went on after epoch {trained.resumed} of a run that was cut off", flush=True)
    tested = labels.iloc[fold.test]
    scores = scores_table(tested, log_p, made.classes, 0, params["name"], params["target"])
    write_table(scores, out / "scores.parquet")
    (out / "model").mkdir()
    save_method(made, out / "model")
    own = {"model": params["name"], "classes": list(made.classes)}
    learned = labels.iloc[np.concatenate([fold.train, fold.validation])]
    describe(spec, spec.entry("matrix"), own, learned, out / "model" / "model.json")
    curves = [vars(epoch) for epoch in trained.curves] if trained is not None else []
    pd.DataFrame(curves).to_csv(out / "curves.csv", index=False)
    summary = {
        "n_parameters": made.parameter_count(),
        "n_input_parameters": made.input_parameter_count(),
        "n_train": len(fold.train),
        "n_validation": len(fold.validation),
        "n_test": len(fold.test),
        "epochs": len(curves),
        "best_epoch": 0 if trained is None else trained.best,
        "kept_epoch": 0 if trained is None else trained.kept,
        "device": "cpu" if trained is None else trained.device,
        "converged": trained is None or trained.converged,
        "warnings": list(made.warnings),
    }
    (out / "fit.json").write_text(json.dumps(summary, indent=1))
    return {"fit_s": middle - start, "predict_ms_a_segment": 1e3 * predict_s / len(fold.test)}


def _fitted(
    spec: Spec,
    frames: "np.ndarray[Any, Any]",
    y: "np.ndarray[Any, Any]",
    part: "Part",
    live: Watch,
) -> "tuple[FittedMethod, Trained | None]":
    from micfp.models.methods import fine_tune, fit_method

    params = spec.params
    training = TrainingConfig.model_validate(params.get("training", {}))
    checkpoint = store.store_root() / ".checkpoints" / f"{spec.key}.pt"
    start = time.perf_counter()

    def told(epoch: "Epoch") -> None:
        live.epoch(epoch)
        print(_said(epoch, training.epochs, time.perf_counter() - start), flush=True)

    if "pretrained" in spec.inputs:
        from micfp.models.method_files import load_method

        before = load_method(spec.entry("pretrained") / "model")
        layers = params["layers"]
        return fine_tune(
            before, layers, training, frames, y, part, params["seed"], checkpoint, told
        )
    classifiers = params.get("classifiers", {})
    return fit_method(
        MethodConfig.model_validate(params["method"] | {"frames": "given"}),
        training,
        ClassifiersConfig.model_validate(classifiers).only(classifiers),
        frames,
        y,
        part,
        params["seed"],
        checkpoint,
        told,
        _adversary(spec) if "adversarial" in params else None,
    )


def _adversary(spec: Spec) -> "Adversary":
    """Who perturbs the rows of a spec while the network trains."""
    import numpy as np

    from micfp.attack.adversarial import Adversary
    from micfp.attack.front_end import LogMel
    from micfp.features.frames import FrameSet

    waveforms = np.load(spec.entry("waveforms") / "frames.npy", mmap_mode="r")
    about = json.loads((spec.entry("matrix") / "about.json").read_text())
    (rate_hz,) = about["sample_rates_hz"]
    settings = FrameSet.model_validate(about["frames"]).only(about["frames"])
    front_end = LogMel(waveforms.shape[1], rate_hz, settings)
    config = PerturbationConfig.model_validate(spec.params["adversarial"])
    return Adversary(waveforms, front_end, config)


def _said(epoch: "Epoch", epochs: int, took_s: float) -> str:
    left_s = took_s / epoch.epoch * (epochs - epoch.epoch)
    return (
        f"epoch {epoch.epoch} of at most {epochs}: loss {epoch.train_loss:.3f}, accuracy "
        f"{epoch.train_accuracy:.3f}; validation {epoch.validation_loss:.3f}, "
        f"{epoch.validation_accuracy:.3f}; at most {left_s / 60:.1f} min left"
    )
