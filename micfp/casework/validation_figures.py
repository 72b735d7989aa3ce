"""Figures of a validation: how far its likelihood ratios separate, and mean what they say."""

from pathlib import Path

from micfp.casework.validate import Tested, Validation
from micfp.evaluation.figures import house_style, new_figure, save
from micfp.evidence.bounds import Bounds
from micfp.evidence.figures import det, ece, pav, tippett, zoo_plot
from micfp.written import writing_into

SQUARE, WIDE = (4.6, 4.6), (6.4, 4.2)
KINDS = ("det", "tippett", "ece", "pav", "zoo")


def draw(validation: Validation, folder: Path) -> list[Path]:
    """Write DET, Tippett, ECE, PAV and zoo plots of each sitting into a folder; their paths.

    Raises
    ------
    MicfpError
        The folder cannot be written.
    """
    found = []
    with writing_into(folder):
        for sitting, tested in validation.tested.items():
            title = f"{validation.calibration.name}, sitting: {sitting}"
            limits = validation.calibration.sittings[sitting].bounds
            for kind in KINDS:
                path = folder / f"{sitting}-{kind}.png"
                _draw(kind, tested, limits, title, path)
                found.append(path)
    return found


def _draw(kind: str, tested: Tested, limits: Bounds, title: str, path: Path) -> None:
    same, different = tested.same, tested.different
    with house_style():
        figure, ax = new_figure(WIDE if kind == "zoo" else SQUARE)
        if kind == "det":
            det(ax, same, different, title=title)
        elif kind == "tippett":
            tippett(ax, same, different, bounds=limits, title=title)
        elif kind == "ece":
            ece(ax, same, different, title=title)
        elif kind == "pav":
            pav(ax, same, different, title=title)
        else:
            zoo_plot(ax, same, different, tested.of_same, tested.of_different, title=title)
        save(figure, path)
