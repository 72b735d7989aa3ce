"""The tracks beside the device: false alarms on what nobody cut, and edits within one device.

False alarms: every phone recording and every utterance by itself (8-30 s each), and hours of
utterances joined over steady noise 20 dB below, which hides that their own backgrounds differ.
Edits: a deletion of 0.5-3 s, or an insertion of 0.5-2 s of its own audio, at random places 2.5 s or
more from the ends of utterances of 10 s and more, and of phone recordings; found where any track
marks a change within 0.5 s of an edge. `--choose` takes the files that choose thresholds; without
it, those that judge.

Run as `python benchmarks/scan_tracks.py ../shared/data` (10 minutes).
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scan_hum import hum_of, hum_phase
from scipy.signal import welch

from micfp import audio
from micfp.casework.scan.tracks.registry import TRACKS

Samples = NDArray[np.float32]
RATE_HZ = 16_000  # of the speech
JOINED_HOURS = 1.0
TOLERANCE_S = 0.5
NAMES = [track.__name__ for track in TRACKS]


def read(path: Path) -> tuple[Samples, int]:
    return audio.read(path)


def rounded(x: NDArray[np.floating]) -> Samples:
    """As a recorder writes: 16 bits."""
    return (np.clip(np.rint(x * 32768), -32768, 32767) / 32768).astype(np.float32)


def steady_noise(kind: str, n: int, streets: list[Samples], rng: np.random.Generator) -> NDArray:
    """Gaussian, of RMS 1: white, pink, or with a street's long-term spectrum."""
    spectrum, hz = np.fft.rfft(rng.normal(size=n)), np.fft.rfftfreq(n, 1 / RATE_HZ)
    if kind == "pink":
        spectrum = spectrum / np.sqrt(np.maximum(hz, 30))
    if kind == "street":
        street_hz, power = welch(streets[rng.integers(len(streets))], RATE_HZ, nperseg=4096)
        spectrum = spectrum * np.sqrt(np.interp(hz, street_hz, power))
    noise = np.fft.irfft(spectrum, n)
    return noise / np.sqrt(np.mean(noise**2))


def alarms(recordings: list[tuple[Samples, int]]) -> tuple[Counter, float]:
    """Changes that each track marks, and the hours that it was given."""
    counts: Counter = Counter()
    hours = 0.0
    for samples, rate_hz in recordings:
        hours += len(samples) / rate_hz / 3600
        for name, track in zip(NAMES, TRACKS, strict=True):
            counts[name] += len(track(samples, rate_hz).changes)
    return counts, hours


def joined(pieces: list[Samples], streets: list[Samples], rng: np.random.Generator) -> list:
    """Ten minutes each."""
    out = []
    n = 600 * RATE_HZ
    for i in range(round(JOINED_HOURS * 6)):
        speech: list[NDArray] = []
        while sum(map(len, speech)) < n:
            piece = pieces[rng.integers(len(pieces))]
            speech.append(0.05 * (piece - piece.mean()) / piece.std())
        noise = steady_noise(("white", "pink", "street")[i % 3], n, streets, rng)
        out.append((rounded(np.concatenate(speech)[:n] + 0.005 * noise), RATE_HZ))
    return out


def edited(
    x: NDArray, rate_hz: int, kind: str, rng: np.random.Generator
) -> tuple[NDArray, list[float]]:
    """The recording with one edit, and the times of its edges in s."""
    margin = int(2.5 * rate_hz)
    if kind == "deletion":
        length = int(rng.uniform(0.5, 3) * rate_hz)
        at = int(rng.integers(margin, len(x) - margin - length))
        return np.concatenate([x[:at], x[at + length :]]), [at / rate_hz]
    length = int(rng.uniform(0.5, 2) * rate_hz)
    source = int(rng.integers(0, len(x) - length))
    at = int(rng.integers(margin, len(x) - margin))
    edges = [at / rate_hz, (at + length) / rate_hz]
    return np.concatenate([x[:at], x[source : source + length], x[at:]]), edges


def edits(condition: str, recordings: list[tuple[Samples, int]], rng: np.random.Generator) -> None:
    n = len(recordings)
    for kind in ("deletion", "insertion"):
        found, by = 0, Counter()
        for samples, rate_hz in recordings:
            x, edges = edited(samples, rate_hz, kind, rng)
            saw = set()
            for name, track in zip(NAMES, TRACKS, strict=True):
                for change in track(x, rate_hz).changes:
                    if min(abs(change.time_s - edge) for edge in edges) <= TOLERANCE_S:
                        saw.add(name)
            found += bool(saw)
            by.update(saw)
        tracks = ", ".join(f"{name} {count / n:.2f}" for name, count in by.most_common())
        print(f"| {condition} | {kind} | {n} | {found / n:.2f} | {tracks} |", flush=True)


def with_hum(x: Samples, rng: np.random.Generator) -> tuple[Samples, int]:
    """Hum 20 dB below, at the level of joined speech."""
    hum = hum_of(hum_phase(len(x), rng, RATE_HZ), rng)
    return rounded(0.05 * x / x.std() + 0.005 * hum), RATE_HZ


def with_noise(
    x: Samples, kind: str, streets: list[Samples], rng: np.random.Generator
) -> tuple[Samples, int]:
    """Steady noise 25 dB below."""
    noise = steady_noise(kind, len(x), streets, rng)
    return rounded(0.05 * (x / x.std() + 10 ** (-25 / 20) * noise)), RATE_HZ


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--choose", action="store_true")
    arguments = parser.parse_args()
    start = 0 if arguments.choose else 1
    rng = np.random.default_rng(20 + start)
    phones = [read(p) for p in sorted((arguments.data / "ccnu_mobile").glob("*.wav"))[start::2]]
    speech = [read(p) for p in sorted((arguments.data / "speech").glob("*.flac"))[start::2]]
    streets = []
    for path in sorted((arguments.data / "noise").glob("*.wav")):
        street = audio.resample(*read(path), RATE_HZ)
        streets.append(np.array_split(street, 2)[start])
    pieces = [samples for samples, _ in speech]
    print("| false alarms per hour | " + " | ".join(NAMES) + " |")
    print("|---|" + "---:|" * len(NAMES))
    for name, recordings in (
        ("phones", phones),
        ("utterances", speech),
        ("utterances joined over steady noise", joined(pieces, streets, rng)),
    ):
        counts, hours = alarms(recordings)
        cells = " | ".join(f"{counts[track] / hours:.1f}" for track in NAMES)
        print(f"| {name}, {hours:.2f} h | {cells} |", flush=True)
    print()
    long = [piece for piece in pieces if len(piece) >= 10 * RATE_HZ]
    print("| condition | edit | tries | found | by which track |")
    print("|---|---|---:|---:|---|")
    edits("hum 20 dB below speech", [with_hum(x, rng) for x in long], rng)
    for kind in ("pink", "street"):
        noisy = [with_noise(x, kind, streets, rng) for x in long]
        edits(f"{kind} noise 25 dB below speech", noisy, rng)
    edits("utterances as they are, 16 kHz", [(x, RATE_HZ) for x in long], rng)
    edits("phones as they are, 32 kHz", phones, rng)


if __name__ == "__main__":
    main()
