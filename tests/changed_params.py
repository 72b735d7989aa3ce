"""Parameters whose every section differs from its default: what is not handed on shows."""

from typing import Any

from micfp.plan.params import Params, merge, parse_params

GROUP = {"features": "study", "preparation": "plain", "classifiers": ["knn"]}
CHANGED: dict[str, Any] = {
    "seed": 7,
    "shard_mb": 32.0,
    "corpus": {"name": "mine", "channel": 0},
    "bench": {"unit_deviation_db": 1.5},
    "degrade": [{"kind": "gain", "gain_db": -3.0}],
    "check": {"min_duration_s": 0.5},
    "trim": {"train": None, "test": None},
    "segments": {"method": "windows", "windows": {"length_s": 0.5, "hop_s": 0.5}},
    "features": {"thesis": {"n_mfcc": 13}, "ltas": {"n_fft": 1024}, "study": {"n_fft": 1024}},
    "frames": {"log_mel": {"n_mels": 32}},
    "target": "model",
    "split": {"kind": "by_content", "test": ["2"]},
    "split_comparison": {"by_session": None},
    "preparations": {"plain": {"scaling": "minmax"}, "pca8": {"pca": 7}},
    "classifiers": {"svc": {"C": 3.0}, "knn": {"n_neighbors": 5}, "lda": {"shrinkage": 0.3}},
    "models": [{"features": "ltas", "preparation": "pca8", "classifiers": ["svc", "knn"]}],
    "trainings": {"ours": {"epochs": 9}},
    "methods": {"plain_cnn": {"filters": [4, 4]}},
    "selection": {"folds": 2, "metric": "accuracy"},
    "search": {
        "method": "bayesian",
        "axes": [
            {"model.classifier": ["svc", "lda"], "classifiers.svc.C": [0.5, 2.0]},
            {"model.features": ["thesis"], "segments.windows.hop_s": [0.25, 0.5]},
        ],
        "n_trials": 4,
        "workers": 1,
    },
    "overfitting": {"shuffles": 2},
    "evaluation": {"bootstrap_samples": 100, "decision": "vote"},
    "feature_study": {"models": [GROUP]},
    "confounds": {"unit_deviations_db": [2.0]},
    "robustness": {"methods": ["plain_cnn"]},
    "augment": {"enabled": True},
    "ways": {"enabled": True},
    "attack": {"detector": "thesis"},
    "duration": {
        "models": [{"features": "ltas", "preparation": "plain", "classifiers": ["lda", "svc"]}],
        "test_s": [0.5, 1.0],
        "piece_s": 0.5,
        "target_s": 1.0,
    },
    "engines": {"features": "thesis"},
    "thesis_settings": {"corpora": {"mine": {}}},
    "fingerprint": {"n_classes": 8, "recipe": {"shrinkage": 0.1}},
    "paper": {"corpora": {"mine": {}}},
    "batch": {"what": ["quality"]},
    "tracking": {"experiment": "mine"},
    "report": {"title": "Mine"},
}


def changed_params(**difference: Any) -> Params:
    """`CHANGED`, and a difference from it."""
    values = merge(Params().model_dump(mode="json"), CHANGED)
    return parse_params(merge(values, difference), "changed")


def params_without(section: str, name: str) -> Params:
    """`CHANGED` without one of the things that a section names."""
    values = merge(Params().model_dump(mode="json"), CHANGED)
    del values[section][name]
    return parse_params(values, "changed")
