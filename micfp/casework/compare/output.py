"""A comparison as files: a table of bands, and a figure."""

import csv
from pathlib import Path

from micfp.casework.compare.comparison import BAND_KEYS, Compared, Comparison, band_records
from micfp.evaluation.figures import house_style, new_grid, save
from micfp.evaluation.figures.style import OKABE_ITO, frequency_axis
from micfp.fingerprint.embedding.spectra import band_centres_hz
from micfp.written import writing_into

TABLE, FIGURE = "bands.csv", "comparison.png"


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write `bands.csv` and `comparison.png` into a folder, made where it is not there; paths.

    Nothing where the comparison was refused.

    Raises
    ------
    MicfpError
        The folder cannot be written.
    """
    if comparison.found is None:
        return []
    with writing_into(folder):
        with (folder / TABLE).open("w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, BAND_KEYS, lineterminator="\n")
            rows.writeheader()
            rows.writerows(band_records(comparison.found))
        _draw(comparison, comparison.found, folder / FIGURE)
    return [folder / TABLE, folder / FIGURE]


def _draw(comparison: Comparison, found: Compared, path: Path) -> None:
    with house_style():
        figure, axes = new_grid(3, 1, (7.0, 8.0))
        responses, apart, noise = axes[:, 0]
        for name, curve, colour in (
            ("A", found.a, OKABE_ITO[0]),
            ("B", found.b, OKABE_ITO[1]),
        ):
            responses.plot(found.hz, curve.mean, color=colour, label=name)
            responses.fill_between(
                found.hz, curve.low, curve.high, color=colour, alpha=0.2, linewidth=0
            )
        responses.set_ylabel("response (dB re mean)")
        responses.set_title("Responses, estimated from speech; 95 % bands of the whole curve")
        difference = found.difference
        apart.axhline(0, color="black", linewidth=0.8)
        apart.plot(found.hz, difference.mean, color=OKABE_ITO[2])
        apart.fill_between(
            found.hz, difference.low, difference.high, color=OKABE_ITO[2], alpha=0.2, linewidth=0
        )
        for one in found.ranges:
            apart.axvspan(one.low_hz, one.high_hz, color="black", alpha=0.08, linewidth=0)
        apart.set_ylabel("A less B (dB)")
        apart.set_title("Difference; grey: significant, all bands counted together")
        hz = band_centres_hz()
        for name, side, colour in (
            ("A", comparison.a, OKABE_ITO[0]),
            ("B", comparison.b, OKABE_ITO[1]),
        ):
            for number, recording in enumerate(side.recordings):
                label = name if number == 0 else None
                noise.plot(hz, recording.noise_db, color=colour, linewidth=0.9, label=label)
        noise.set_ylabel("noise (dB re full scale²/Hz)")
        noise.set_title("Noise floor: the quietest fifth of the frames of each recording")
        for ax in (responses, apart, noise):
            frequency_axis(ax, hz[0], hz[-1])
        responses.legend()
        noise.legend()
        save(figure, path)
