"""Figures of Zeng, Zhao and Wang (2024), Tables V to IX, to stand beside ours."""

from dataclasses import dataclass

PAPER = "Zeng, Zhao and Wang (2024)"


@dataclass(frozen=True)
class Shares:
    """Accuracy, precision, recall and F1, in per cent."""

    accuracy: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Effort:
    """Forward time of a sample, ms (TITAN RTX; SVMs on a CPU), and millions of parameters."""

    forward_ms: float
    parameters_millions: float


# Tables V and VI, by our names of the methods.
TABLE_5 = {
    "mfcc_svm": Shares(86.8, 86.9, 86.8, 86.9),
    "mfcc_svm_flat": Shares(86.8, 86.9, 86.8, 86.9),
    "gsv_svm": Shares(97.6, 97.8, 97.6, 97.5),
    "svc-bed-plain": Shares(93.4, 93.7, 93.4, 93.3),
    "ivector_svm": Shares(64.6, 65.9, 64.6, 64.7),
    "gsv_cnn": Shares(92.9, 93.6, 92.9, 92.8),
    "multi_feature_fusion": Shares(97.2, 97.4, 97.2, 97.1),
    "multi_attention": Shares(97.6, 97.7, 97.4, 97.4),
    "cross_scale": Shares(99.6, 99.6, 99.6, 99.6),
    "cross_scale_paper": Shares(99.6, 99.6, 99.6, 99.6),
}
TABLE_6 = {
    "mfcc_svm": Effort(13.2, 0.102),
    "mfcc_svm_flat": Effort(13.2, 0.102),
    "gsv_svm": Effort(30.6, 0.005),
    "svc-bed-plain": Effort(9.3, 0.019),
    "ivector_svm": Effort(18.2, 0.022),
    "gsv_cnn": Effort(2.0, 0.348),
    "multi_feature_fusion": Effort(2.0, 2.361),
    "multi_attention": Effort(0.9, 40.560),
    "cross_scale": Effort(5.2, 0.626),
}
# Tables VII and VIII: groups 1 to 7, by the blocks that are left.
ABLATION = {
    "convlstm": Shares(96.3, 96.4, 96.3, 96.3),
    "bilstm": Shares(97.9, 98.0, 97.9, 97.9),
    "transformer": Shares(97.5, 97.5, 97.4, 97.4),
    "cross_scale": Shares(99.6, 99.6, 99.6, 99.6),
    "bilstm_transformer": Shares(97.8, 97.8, 97.8, 97.7),
    "convlstm_transformer": Shares(60.4, 62.5, 60.4, 59.5),
    "convlstm_bilstm": Shares(98.9, 98.8, 98.8, 98.8),
}
# Table IX: groups 8 to 11, by what was pre-trained and what was trained again.
TRANSFER = {
    ("transformer", "mlp"): Shares(69.5, 68.3, 69.5, 68.1),
    ("transformer", "softmax"): Shares(75.0, 75.3, 75.0, 74.4),
    ("cross_scale", "mlp"): Shares(87.9, 88.0, 87.9, 87.7),
    ("cross_scale", "softmax"): Shares(86.2, 86.6, 86.2, 85.7),
}

EPOCHS = 100  # V-E
FINE_TUNING_EPOCHS = 300  # V-H
CORPUS = (
    "45 devices, 642 pieces of about 10 s each (80 hours), judged a piece of 10 s; transfer to 21 "
    "devices"
)


def shares(experiment: str, method: str, layers: str = "") -> Shares | None:
    """The paper's figures of a row of one experiment, where it has them."""
    if experiment == "paper-transfer":
        return TRANSFER.get((method, layers))
    tables = {"paper-table5": TABLE_5, "paper-ablation": ABLATION}
    return tables.get(experiment, {}).get(method)
