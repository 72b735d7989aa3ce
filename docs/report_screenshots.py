"""Takes docs/case-report-*.png, pages of a worked example: `python docs/report_screenshots.py`.

Real commands: three phones of `data/ccnu_mobile` are enrolled; messenger copies (Opus, MP3) of
other utterances are asked about, by two of them and by a phone that is not enrolled, and silence;
a pair is weighed; a splice of two phones is scanned, and a file inspected; all is checked and
repeated; and the report is made in English and German. With a folder as argument, case, recordings
and reports stay there.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile as sf
import typst
from casework_screenshot import MICFP, PHONES, STRANGER, as_messenger

from micfp.casework.case_file import open_case
from micfp.casework.report.build import build
from micfp.casework.report.language import load_language
from micfp.casework.report.pdf import TEMPLATE, as_data, fonts
from micfp.config.audio import corpus_at
from micfp.corpora import read_corpus

HERE = Path(__file__).parent
PAGES = {"en": {0: "first", 2: "results"}, "de": {0: "german"}}
PIXELS_PER_INCH = 96


def main(folder: Path) -> None:
    """Make the case and its reports, and take the pictures."""
    table = read_corpus(corpus_at(Path("data/ccnu_mobile").resolve(), "ccnu_mobile"))
    path_of = {(row.device, row.content): row.path for row in table.itertuples()}
    for device, name in PHONES.items():
        known = []
        for number in ("1", "2", "3"):
            file = folder / f"{name.lower().replace(' ', '-')}-{number}.wav"
            file.write_bytes(Path(path_of[device, number]).read_bytes())
            known.append(file.name)
        micfp(folder, "enroll", name, *known)
    as_messenger(path_of["Apple iPhone X", "4"], folder / "note.ogg")
    as_messenger(path_of[STRANGER, "4"], folder / "other.ogg")
    samples, rate_hz = sf.read(path_of["Samsung S8", "4"], dtype="float32")
    sf.write(folder / "clip.mp3", samples, rate_hz, format="MP3")
    sf.write(folder / "empty.wav", np.zeros(48_000, np.float32), 48_000)
    micfp(folder, "identify", "note.ogg", "other.ogg", "clip.mp3", "empty.wav", status=3)
    micfp(folder, "verify", "note.ogg", "other.ogg", "--case", "case.micfp")
    _splice(path_of["Apple iPhone X", "4"], path_of["Samsung S8", "4"], folder / "splice.wav")
    micfp(folder, "scan", "splice.wav", "--case", "case.micfp")
    micfp(folder, "inspect", "clip.mp3", "--case", "case.micfp")
    micfp(folder, "case", "verify")
    micfp(folder, "case", "repeat")
    for language, pages in PAGES.items():
        out = f"report-{language}"
        words = ("--out", f"{out}.html", "--pdf", f"{out}.pdf", "--language", language)
        micfp(folder, "report", *words)
        with open_case(folder / "case.micfp") as case:
            data = as_data(build(case, load_language(language)))
        drawn = typst.compile(
            TEMPLATE.read_bytes(),
            font_paths=fonts(),
            ignore_system_fonts=True,
            format="png",
            ppi=PIXELS_PER_INCH,
            sys_inputs={"data": data},
        )
        for page, name in pages.items():
            (HERE / f"case-report-{name}.png").write_bytes(drawn[page])


def _splice(first: str, second: str, out: Path) -> None:
    """5 s of one recording, then 5 s of another, as loud, both as mono."""
    (a, rate_hz), (b, other_hz) = (sf.read(path, dtype="float32") for path in (first, second))
    assert rate_hz == other_hz
    a, b = (one if one.ndim == 1 else one[:, 0] for one in (a, b))
    a, b = a[: 5 * rate_hz], b[-5 * rate_hz :]
    b = b * np.float32(np.sqrt(np.mean(a**2) / np.mean(b**2)))
    sf.write(out, np.concatenate([a, b]), rate_hz)


def micfp(folder: Path, *words: str, status: int = 0) -> None:
    """Run a command, and show what it says."""
    print("$ micfp", *words, flush=True)
    done = subprocess.run([*MICFP, *words], cwd=folder, check=False)
    if done.returncode != status:
        raise SystemExit(f"left with status {done.returncode}")


if __name__ == "__main__":
    if sys.argv[1:]:
        Path(sys.argv[1]).mkdir(parents=True)
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as somewhere:
            main(Path(somewhere))
