"""Jumps of the mains' phase: how many cuts the hum track finds at one false alarm per hour.

Hours are made at 1 kHz, where the track works (`hum.py` brings every recording there): LibriSpeech
utterances joined, with or without noise of a street's spectrum 20 dB below, and hum. Lines that the
sources carry within 0.5 Hz of a multiple of 50 or 60 Hz are replaced by noise of the level beside
them, since joins would else be jumps of their own. The hum's frequency drifts (Ornstein-Uhlenbeck,
sigma 10-25 mHz, so that +-20 to 50 mHz hold 95 %; 100-400 s), harmonic k stands at -4 (k - 1) dB
with sigma 5 dB, 8 of them, phases random, 50 or 60 Hz. Cuts are deletions of 0.5-5 s from the mix,
one every 24-56 s. Speakers (every other one) and halves of the street recordings that
choose the threshold are not those that judge.

Run as `python benchmarks/scan_hum.py ../shared/data` (judges, 20 minutes) or with
`--choose`; `--hours 1` is quicker.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter, welch

from micfp import audio
from micfp.casework.scan.peaks import peaks
from micfp.casework.scan.tracks import mains
from micfp.casework.scan.tracks.hum import VISIBLE, hum, jump_places, threshold
from micfp.casework.scan.tracks.phase_jumps import SCALES, find_jumps

Array = NDArray[np.float64]
RATE_HZ = 1000
CONDITIONS = (  # hum in dB below speech, noise in dB below speech or none
    (20, None), (20, 20), (30, None), (30, 20), (None, None), (None, 20),
)  # fmt: skip
TOLERANCE_S = 0.5
CUTS_PER_HOUR = 110


@dataclass(frozen=True)
class Material:
    speech: list[Array]
    noise: list[Array]


def materials(data: Path, rng: np.random.Generator) -> tuple[Material, Material]:
    """What chooses and what judges."""
    utterances = []
    for path in sorted((data / "speech").glob("*.flac")):
        low = _low(path)
        utterances.append(_without_lines(low / np.sqrt(np.mean(low**2)), rng))
    streets = [_low(path) for path in sorted((data / "noise").glob("*.wav"))]
    halves = [np.array_split(street / np.sqrt(np.mean(street**2)), 2) for street in streets]
    return (
        Material(utterances[0::2], [half[0] for half in halves]),
        Material(utterances[1::2], [half[1] for half in halves]),
    )


def _low(path: Path) -> Array:
    samples = audio.read(path, channel="mean")
    return audio.resample(samples[0], samples[1], RATE_HZ).astype(float)


def _without_lines(x: Array, rng: np.random.Generator) -> Array:
    spectrum, hz = np.fft.rfft(x), np.fft.rfftfreq(len(x), 1 / RATE_HZ)
    for base in (50, 60):
        for line in range(base, RATE_HZ // 2, base):
            inside = np.abs(hz - line) < 0.5
            near = (np.abs(hz - line) < 4) & ~inside
            level = np.median(np.abs(spectrum[near]) ** 2) / np.log(2)
            random = rng.normal(size=(2, inside.sum())) * np.sqrt(level / 2)
            spectrum[inside] = random[0] + 1j * random[1]
    return np.fft.irfft(spectrum, len(x))


def joined(pieces: list[Array], n: int, rng: np.random.Generator) -> Array:
    fade = np.linspace(0, 1, 50)
    out, at = np.zeros(n), 0
    while at < n:
        for i in rng.permutation(len(pieces)):
            piece = pieces[i].copy()
            piece[:50] *= fade
            piece[-50:] *= fade[::-1]
            out[at : at + len(piece)] += piece[: max(0, n - at)]
            at += len(piece) - 50
    return out


def street_noise(like: Array, n: int, rng: np.random.Generator) -> Array:
    """Gaussian noise with a street's long-term spectrum, of RMS 1."""
    hz, power = welch(like, RATE_HZ, nperseg=2048)
    spectrum = np.fft.rfft(rng.normal(size=n))
    noise = np.fft.irfft(spectrum * np.sqrt(np.interp(np.fft.rfftfreq(n, 1 / RATE_HZ), hz, power)))
    return np.resize(noise / np.sqrt(np.mean(noise**2)), n)


def hum_phase(n: int, rng: np.random.Generator, rate_hz: int = RATE_HZ) -> Array:
    """Phase of the fundamental, rad."""
    sigma_hz, tau_s = rng.uniform(0.01, 0.025), rng.uniform(100, 400)
    steps, keep = n * 10 // rate_hz + 2, np.exp(-0.1 / tau_s)
    start = [keep * rng.normal() * sigma_hz]
    shaped = sigma_hz * np.sqrt(1 - keep**2)
    drift, _ = lfilter([shaped], [1, -keep], rng.normal(size=steps), zi=start)
    seconds = np.arange(n) / rate_hz
    hz = rng.choice([50.0, 60.0]) + np.interp(seconds, np.arange(steps) * 0.1, drift)
    return 2 * np.pi * np.cumsum(hz) / rate_hz


def hum_of(phase: Array, rng: np.random.Generator) -> Array:
    """Hum of RMS 1."""
    amplitude = 10 ** ((-4 * np.arange(8) + rng.normal(0, 5, 8)) / 20)
    amplitude /= np.sqrt(np.sum(amplitude**2) / 2)
    total = np.zeros(len(phase))
    for k, level in enumerate(amplitude, start=1):
        total += level * np.cos(k * phase + rng.uniform(0, 2 * np.pi))
    return total


def hour(
    material: Material, condition: tuple, cuts: int, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Samples, times of cuts in s, and jumps of the fundamental in degrees."""
    hum_db, noise_db = condition
    n = 3600 * RATE_HZ
    longer = n + cuts * 5 * RATE_HZ
    x = joined(material.speech, longer, rng)
    if noise_db is not None:
        street = material.noise[rng.integers(len(material.noise))]
        x += 10 ** (-noise_db / 20) * street_noise(street, longer, rng)
    phase = hum_phase(longer, rng)
    if hum_db is not None:
        x += 10 ** (-hum_db / 20) * hum_of(phase, rng)
    if not cuts:
        return x[:n], np.empty(0), np.empty(0)
    lengths = rng.uniform(0.6, 1.4, cuts + 1)
    lengths = (lengths / lengths.sum() * n).astype(int)
    kept, times, jumps, at, done = [], [], [], 0, 0
    for length in lengths:
        if kept:
            gap = int(rng.uniform(0.5, 5) * RATE_HZ)
            times.append(done / RATE_HZ)
            jumps.append(np.degrees(np.angle(np.exp(1j * (phase[at + gap] - phase[at])))))
            at += gap
        kept.append(x[at : at + length])
        at, done = at + length, done + length
    return np.concatenate(kept), np.array(times), np.array(jumps)


@dataclass(frozen=True)
class Peaks:
    """Of one hour: local maxima of the score, the hum's presence there, and the true cuts."""

    times_s: Array
    scores: Array
    presence: Array
    cuts_s: Array
    jumps_deg: Array


def peaks_of(x: Array, cuts_s: Array, jumps_deg: Array) -> Peaks:
    found = find_jumps(mains.follow(x, RATE_HZ).still)
    at = peaks(found.score, 1.0, SCALES[0])
    return Peaks(at * mains.BLOCK_S, found.score[at], found.presence[at], cuts_s, jumps_deg)


def measured(material: Material, hours: int, seed: int) -> dict:
    """By condition and cuts per hour, peaks of each hour; the same hours for all conditions."""
    out = {}
    for condition in CONDITIONS:
        rng = np.random.default_rng(seed)
        for cuts in (0, CUTS_PER_HOUR) if condition[0] else (0,):
            out[condition, cuts] = [
                peaks_of(*hour(material, condition, cuts, rng)) for _ in range(hours)
            ]
            print(condition, cuts, flush=True)
    return out


def found_within(times_s: Array, cuts_s: Array) -> Array:
    """Of each cut, how far the nearest mark is, s."""
    if not len(times_s):
        return np.full(len(cuts_s), np.inf)
    return np.abs(times_s[None] - cuts_s[:, None]).min(axis=1)


def choose(hours: dict) -> None:
    """What the highest scores without a cut are, by presence: what THRESHOLDS were read from."""
    for condition in CONDITIONS:
        quiet = hours[condition, 0]
        scores = np.concatenate([hour.scores for hour in quiet])
        presence = np.concatenate([hour.presence for hour in quiet])
        first = np.argsort(-scores)[: 2 * len(quiet)]
        pairs = ", ".join(f"{scores[i]:.1f} at {presence[i]:.0f}" for i in first)
        reached = np.mean(presence >= VISIBLE)
        usual = np.median(presence)
        print(f"{condition}: visible {reached:.3f}; median presence {usual:.0f}; {pairs}")


def judge(hours: dict) -> None:
    print(
        "| hum, noise below speech | false alarms per hour "
        "| all | 20-45 | 45-90 | over 90 | over 45 | n |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    away = []
    for condition in CONDITIONS:
        marks = {
            cuts: [_marked(hour) for hour in hours[condition, cuts]]
            for cuts in (0, CUTS_PER_HOUR)
            if (condition, cuts) in hours
        }
        false = np.mean([len(times_s) for times_s in marks[0]])
        row = f"| {condition[0]} dB, {condition[1]} dB | {false:.2f} |"
        if condition[0] is not None:
            cut = hours[condition, CUTS_PER_HOUR]
            near = np.concatenate(
                [
                    found_within(t, hour.cuts_s)
                    for t, hour in zip(marks[CUTS_PER_HOUR], cut, strict=True)
                ]
            )
            size = np.abs(np.concatenate([hour.jumps_deg for hour in cut]))
            hit = near <= TOLERANCE_S
            away.extend(near[hit])
            for low, high in ((0, 180), (20, 45), (45, 90), (90, 180), (45, 180)):
                row += f" {hit[(size >= low) & (size <= high)].mean():.3f} |"
            row += f" {len(hit)} |"
        print(row)
    print(f"95 % of those found are within {np.quantile(away, 0.95):.2f} s")


def _marked(hour: Peaks) -> Array:
    high = (hour.scores > threshold(hour.presence)) & (hour.presence >= VISIBLE)
    return hour.times_s[high]


def short(material: Material, rng: np.random.Generator) -> None:
    """One cut of more than 45 degrees in the middle of a short recording, hum 20 dB below."""
    print("| recording | found | other marks per hour | n |")
    print("|---:|---:|---:|---:|")
    x, cuts_s, jumps_deg = hour(material, (20, None), CUTS_PER_HOUR, rng)
    large = cuts_s[np.abs(jumps_deg) > 45]
    for seconds in (5, 8, 12, 20):
        hits, others, n = 0, 0, 0
        for cut_s in large:
            start = cut_s - seconds / 2
            if start < 0 or np.sum(np.abs(cuts_s - cut_s) < seconds / 2 + 1) > 1:
                continue
            piece = x[round(start * RATE_HZ) : round((start + seconds) * RATE_HZ)]
            places = jump_places(find_jumps(mains.follow(piece, RATE_HZ).still))
            right = np.abs(places * mains.BLOCK_S - seconds / 2) <= TOLERANCE_S
            hits, others, n = hits + right.any(), others + np.sum(~right), n + 1
        print(
            f"| {seconds} s | {hits / n:.2f} | {others / n / seconds * 3600:.1f} | {n} |",
            flush=True,
        )


def alone(material: Material) -> None:
    """Utterances by themselves, their own lines replaced: any mark is false."""
    marks, seconds = 0, 0.0
    for utterance in material.speech:
        track = hum(utterance.astype(np.float32), RATE_HZ)
        marks, seconds = marks + len(track.changes), seconds + len(utterance) / RATE_HZ
    print(f"utterances by themselves, without their lines: {marks} marks in {seconds / 3600:.2f} h")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--hours", type=int, default=4)
    parser.add_argument("--choose", action="store_true")
    arguments = parser.parse_args()
    choosing, judging = materials(arguments.data, np.random.default_rng(1))
    if arguments.choose:
        choose(measured(choosing, arguments.hours, 11))
        return
    judge(measured(judging, arguments.hours, 12))
    short(judging, np.random.default_rng(13))
    alone(judging)


if __name__ == "__main__":
    main()
