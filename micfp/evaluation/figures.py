"""Every figure, in one place to find them; each takes its axes first and returns nothing."""

from micfp.evaluation.figure_style import (
    figure_size,
    list_size,
    new_figure,
    new_grid,
    save,
    style,
)
from micfp.evaluation.figures_comparison import (
    classifier_comparison,
    split_comparison,
    unit_deviation,
)
from micfp.evaluation.figures_confusion import class_report, confusion_matrix, share_table
from micfp.evaluation.figures_curves import learning_curve, regularisation_curve, roc
from micfp.evaluation.figures_duration import Curve, against_seconds
from micfp.evaluation.figures_engines import engine_differences, engine_seconds
from micfp.evaluation.figures_maps import pca_map, tsne_map
from micfp.evaluation.figures_search import MOST_AXIS_ROWS, axis_curve, axis_values
from micfp.evaluation.figures_signal import level_bar, mean_spectrum, spectrogram

__all__ = [
    "MOST_AXIS_ROWS",
    "Curve",
    "against_seconds",
    "axis_curve",
    "axis_values",
    "class_report",
    "classifier_comparison",
    "confusion_matrix",
    "engine_differences",
    "engine_seconds",
    "figure_size",
    "learning_curve",
    "level_bar",
    "list_size",
    "mean_spectrum",
    "new_figure",
    "new_grid",
    "pca_map",
    "regularisation_curve",
    "roc",
    "save",
    "share_table",
    "spectrogram",
    "split_comparison",
    "style",
    "tsne_map",
    "unit_deviation",
]
