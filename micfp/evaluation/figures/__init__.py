"""Every figure, in one place to find them.

Each takes the axes `ax` that it is drawn into first, and returns nothing if nothing is said of it.
Where `chance` (0..1) is given, it is a dashed line.
"""

from micfp.evaluation.figures.book import Book
from micfp.evaluation.figures.comparison import (
    classifier_comparison,
    split_comparison,
    unit_deviation,
)
from micfp.evaluation.figures.confusion import class_report, confusion_matrix, share_table
from micfp.evaluation.figures.curves import learning_curve, regularisation_curve, roc
from micfp.evaluation.figures.duration import Curve, against_seconds, extremes_of_curves
from micfp.evaluation.figures.engines import engine_differences, engine_seconds
from micfp.evaluation.figures.findings import (
    Facts,
    confusions,
    ends_of_curve,
    extremes,
    extremes_of_table,
)
from micfp.evaluation.figures.maps import pca_map, tsne_map
from micfp.evaluation.figures.search import MOST_AXIS_ROWS, axis_curve, axis_values
from micfp.evaluation.figures.signal import level_bar, mean_spectrum, spectrogram
from micfp.evaluation.figures.style import (
    figure_size,
    house_style,
    list_size,
    new_figure,
    new_grid,
    save,
)

__all__ = [
    "MOST_AXIS_ROWS",
    "Book",
    "Curve",
    "Facts",
    "against_seconds",
    "axis_curve",
    "axis_values",
    "class_report",
    "classifier_comparison",
    "confusion_matrix",
    "confusions",
    "ends_of_curve",
    "engine_differences",
    "engine_seconds",
    "extremes",
    "extremes_of_curves",
    "extremes_of_table",
    "figure_size",
    "house_style",
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
    "tsne_map",
    "unit_deviation",
]
