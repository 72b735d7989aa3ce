"""What is written of a scan: a figure, labels for Audacity, and the sound about each change."""

from pathlib import Path

from micfp.audio import write_wav
from micfp.casework.scan.figure import draw
from micfp.casework.scan.found import Scan
from micfp.errors import MicfpError, printable
from micfp.fingerprint.embedding.spectra import Float32
from micfp.written import writing_into

EXCERPT_S = 1.5
"""On either side of a change."""


def write(scan: Scan, samples: Float32, rate_hz: int, out: Path) -> list[Path]:
    """Write all that there is of one recording into a folder of its own; the paths.

    A recording `a/b.wav` gets the folder `b.wav`, or `b.wav-2` and so on where there is one that is
    another recording's.

    Raises
    ------
    MicfpError
        The folder cannot be written.
    """
    with writing_into(out):
        folder = _folder(out, scan.path)
        found = [folder / "labels.txt"]
        found[0].write_text(labels(scan), encoding="utf-8")
        if len(samples):
            found.append(folder / "scan.png")
            draw(scan, samples, rate_hz, found[-1])
        for number, change in enumerate(scan.changes, 1):
            start = max(0, round((change.time_s - EXCERPT_S) * rate_hz))
            stop = round((change.time_s + EXCERPT_S) * rate_hz)
            found.append(folder / f"{number:03}-{change.track}-{change.time_s:.2f}s.wav")
            write_wav(found[-1], samples[start:stop], rate_hz)
    return found


def _folder(out: Path, path: str) -> Path:
    """A new folder named after a recording; what was there before stays as it is."""
    name = printable(Path(path).name) or "recording"
    for number in range(1, 10_000):
        folder = out / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise MicfpError(f"{out}: holds thousands of scans of {name}; give another folder by --out")


def labels(scan: Scan) -> str:
    """Audacity's label track: start, stop and text, with tabs between, a line for each.

    Changes have the width of their interval; segments follow.
    """
    rows = [(*one.interval_s, f"{one.track}: {one.what}") for one in scan.changes]
    rows += [(one.start_s, one.stop_s, scan.called(one)) for one in scan.segments]
    lines = (f"{start:.6f}\t{stop:.6f}\t{printable(text)}\n" for start, stop, text in rows)
    return "".join(lines)
