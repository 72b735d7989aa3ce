"""Corpora of the full size: the thesis's 30 hours in long files, or thousands of short ones.

Laid out as the thesis's corpus, `<date>/<prefix>-<N>.wav`. The bench renders a few minutes per
microphone and day; the phrases of these, in an order drawn for the day, each at its own gain,
with pauses of its own and fresh noise, make recordings of any length: the microphones of a day
hear one programme, and no two stretches are equal.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from micfp.bench.draws import generator
from micfp.config.bench import BenchConfig, ContentConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

DATES = ("2023-02-09", "2023-02-10")
RATE_HZ = 44_100
RENDERED_S = {"speech": 180.0, "music": 90.0}
PAUSE_S = (1.5, 4.0)
"""Between the rendered phrases; of a pause, a drawn part is used again."""
SHORTEST_MARGIN_S = 0.4
"""Kept of a pause before and after a phrase: the room's tail dies away in it."""
GAIN_DB = 3.0
"""Phrases differ by up to this, each way."""
NOISE_LSB = 2.0
"""RMS of the fresh noise, in steps of the file's depth or of 16 bits, whichever is smaller."""
_NOISE_SAMPLES = 1 << 20


def write_long(out: Path, hours: float, bits: int = 24, seed: int = 0) -> list[Path]:
    """Write one file of `hours` per microphone and date: ten files; return them.

    Parameters
    ----------
    out
        Folder to write to.
    hours
        Length of each file.
    bits
        16 or 24.
    seed
        Same seed, same bytes.
    """
    return _write(out, 1, hours * 3600, bits, seed)


def write_short(
    out: Path,
    n_takes: int,
    length_s: float = 10.0,
    bits: int = 16,
    seed: int = 0,
    rate_hz: int = RATE_HZ,
) -> list[Path]:
    """Write `n_takes` files per microphone and date, ten times as many in all; return them.

    Parameters
    ----------
    out
        Folder to write to.
    n_takes
        Files per microphone and date.
    length_s
        Length of each file.
    bits
        16 or 24.
    seed
        Same seed, same bytes.
    rate_hz
        Samples per second.
    """
    return _write(out, n_takes, length_s, bits, seed, rate_hz)


def _write(
    out: Path, n_takes: int, length_s: float, bits: int, seed: int, rate_hz: int = RATE_HZ
) -> list[Path]:
    from micfp.audio import read, write_blocks
    from micfp.bench.build import microphones, recording_path, render

    config = _bench(rate_hz)
    written = []
    for session in config.sessions:
        (out / session.name).mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="micfp-rehearsal-") as folder:
            render(config, seed, session.name, Path(folder))
            for number, microphone in enumerate(microphones(config), start=1):
                rendered = [
                    read(Path(folder) / recording_path(session, content, microphone))[0]
                    for content in session.contents
                ]
                programme = _programme(config, session.contents, seed, session.name)
                blocks = _recorded(rendered, programme, bits, seed, session.name, microphone.device)
                takes = _cut(blocks, round(length_s * rate_hz))
                for take in range(n_takes):
                    prefix = "rehearsal" if n_takes == 1 else f"take{take:05d}"
                    path = out / session.name / f"{prefix}-{number}.wav"
                    n_samples = round(length_s * rate_hz)
                    write_blocks(path, next(takes), n_samples, rate_hz, f"PCM_{bits}")
                    written.append(path)
    return written


def _bench(rate_hz: int) -> BenchConfig:
    """The bench of the parameters, with a day's material in each session."""
    usual = BenchConfig()
    sessions = [
        session.model_copy(
            update={
                "name": date,
                "contents": tuple(
                    ContentConfig(name=f"{kind}-{date}", kind=kind, duration_s=duration_s)
                    for kind, duration_s in RENDERED_S.items()
                ),
            }
        )
        for date, session in zip(DATES, usual.sessions, strict=True)
    ]
    stimuli = usual.stimuli.model_copy(update={"pause_s": PAUSE_S, "long_pause_s": PAUSE_S[1]})
    adc = usual.adc.model_copy(update={"sample_rate_hz": rate_hz})
    return usual.model_copy(update={"sessions": tuple(sessions), "stimuli": stimuli, "adc": adc})


def _programme(
    config: BenchConfig, contents: tuple[ContentConfig, ...], seed: int, date: str
) -> Iterator[tuple[int, int, int, float]]:
    """Content, start and stop sample, gain of one phrase after the other, without end."""
    import numpy as np

    from micfp.bench.stimuli import content_signal

    rate_hz = config.adc.sample_rate_hz
    phrases = [
        (number, start, stop)
        for number, content in enumerate(contents)
        for start, stop in _phrases(content_signal(config, seed, content), rate_hz)
    ]
    rng = generator(seed, "programme", date)
    margin = SHORTEST_MARGIN_S * rate_hz
    while True:
        for index in rng.permutation(len(phrases)):
            number, start, stop = phrases[index]
            before, after = rng.uniform(margin, PAUSE_S[0] * rate_hz / 2, 2)
            gain = 10 ** (rng.uniform(-GAIN_DB, GAIN_DB) / 20)
            yield number, max(0, int(start - before)), int(stop + after), float(np.float32(gain))


def _phrases(played: "Samples", rate_hz: int) -> list[tuple[int, int]]:
    """First sample and end of each phrase of what was played."""
    import numpy as np

    sounding = np.flatnonzero(played)
    gaps = np.flatnonzero(np.diff(sounding) > PAUSE_S[0] * rate_hz * 0.9)
    starts = sounding[np.r_[0, gaps + 1]]
    stops = sounding[np.r_[gaps, len(sounding) - 1]] + 1
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def _recorded(
    rendered: "list[Samples]",
    programme: Iterator[tuple[int, int, int, float]],
    bits: int,
    seed: int,
    date: str,
    device: str,
) -> "Iterator[Samples]":
    """What one microphone makes of the programme, one phrase at a time, without end."""
    import numpy as np

    rng = generator(seed, "rehearsal", date, device)
    noise = rng.standard_normal(_NOISE_SAMPLES, dtype=np.float32)
    noise *= np.float32(NOISE_LSB / 2 ** (min(bits, 16) - 1))
    for number, start, stop, gain in programme:
        block = rendered[number][start:stop] * np.float32(gain)
        first = int(rng.integers(_NOISE_SAMPLES - len(block)))
        block += noise[first : first + len(block)]
        yield block


def _cut(blocks: "Iterator[Samples]", n_samples: int) -> "Iterator[Iterator[Samples]]":
    """The endless blocks as takes of `n_samples`, each in blocks; to be used in their order."""
    block = next(blocks)

    def take() -> "Iterator[Samples]":
        nonlocal block
        left = n_samples
        while left:
            while not len(block):
                block = next(blocks)
            part, block = block[:left], block[left:]
            left -= len(part)
            yield part

    while True:
        yield take()
