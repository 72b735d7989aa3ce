"""Takes docs/identify.png, what a person sees: `python docs/casework_screenshot.py`.

Enrols three phones of `data/ccnu_mobile` and asks about Opus copies of other utterances, of one of
them and of a phone that is not enrolled, and about silence: real commands in a folder of their
own, whose output Chromium renders. Needs `chromium` on the PATH ($CHROMIUM names another).
"""

import html
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr

from micfp.config.audio import corpus_at
from micfp.corpora import read_corpus

HERE = Path(__file__).parent
PHONES = {"Samsung S8": "S8", "Apple iPhone X": "iPhone X", "Huawei P20": "P20"}
STRANGER = "nubia Z11"
MICFP = [sys.executable, "-c", "import micfp.cli; micfp.cli.main()"]
STYLE = (
    "body{margin:0;background:#fff}pre{font:15px/1.45 'DejaVu Sans Mono',monospace;margin:18px;"
    "white-space:pre-wrap;color:#1a1a1a}b{color:#0050a0}"
)


def main() -> None:
    """Run the commands, and take the picture."""
    table = read_corpus(corpus_at(Path("data/ccnu_mobile").resolve(), "ccnu_mobile"))
    path_of = {(row.device, row.content): row.path for row in table.itertuples()}
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for device, name in PHONES.items():
            known = []
            for number in ("1", "2", "3"):
                file = here / f"{name.lower().replace(' ', '-')}-{number}.wav"
                file.symlink_to(path_of[device, number])
                known.append(file.name)
            lines += said(here, "enroll", name, *known)
        as_messenger(path_of["Apple iPhone X", "4"], here / "note.ogg")
        as_messenger(path_of[STRANGER, "4"], here / "other.ogg")
        sf.write(here / "empty.wav", np.zeros(48_000, np.float32), 48_000)
        lines += said(here, "identify", "note.ogg", "other.ogg", "empty.wav")
        page = here / "page.html"
        page.write_text(
            f"<meta charset=utf-8><style>{STYLE}</style><pre>{chr(10).join(lines)}</pre>",
            encoding="utf-8",
        )
        browser = os.environ.get("CHROMIUM", "chromium")
        height = 60 + 22 * sum(1 + len(line) // 118 for line in lines)
        command = [browser, "--headless", "--no-sandbox", "--hide-scrollbars"]
        command += [f"--window-size=1120,{height}", f"--screenshot={HERE / 'identify.png'}"]
        subprocess.run([*command, page.as_uri()], check=True, capture_output=True)


def as_messenger(path: str, out: Path) -> None:
    """Write an Ogg file with Opus, as messengers send voice notes."""
    samples, rate_hz = sf.read(path, dtype="float32")
    sf.write(out, soxr.resample(samples, rate_hz, 48_000), 48_000, "OPUS", format="OGG")


def said(folder: Path, *words: str) -> list[str]:
    """A command and what it says, as a person sees both."""
    shown = " ".join(f'"{word}"' if " " in word else word for word in words)
    done = subprocess.run(
        [*MICFP, *words], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return [f"<b>$ micfp {html.escape(shown)}</b>", *html.escape(done.stdout).splitlines(), ""]


if __name__ == "__main__":
    main()
