"""Stretches that stand twice in a recording, sample for sample: copied and pasted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32
from micfp.casework.scan.track import Change, Track

SHORTEST_S = 0.05
SHORT, LONG = 8, 64  # samples that choose an anchor, and that must agree behind it
ONE_IN = 64  # positions that are anchors, about
BUSY = 32  # samples of LONG that differ from the one before: no silence, no tone of a few bits
OFTEN = 20  # times that the same LONG samples stand: a tone, and no copies
MOST = 100  # repeats that are reported; more are a signal that is periodic by nature
STEP_S = 1.0
_BLOCK = 1 << 19
_FALSE_ALARMS_PER_HOUR = 0.0  # benchmarks/scan_tracks.py

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Repeat:
    """Samples `first` to `first + length` stand again from `second` on."""

    first: int
    second: int
    length: int


def repeats(samples: Float32, rate_hz: int) -> Track:
    """Find exact copies of SHORTEST_S or longer; values: share of each second that stands twice.

    Which of the two is the copy cannot be told from the samples, so both are marked.

    Parameters
    ----------
    samples
        float32 (n,), as decoded: nothing resampled.
    rate_hz
        > 0.
    """
    shortest = max(LONG, round(SHORTEST_S * rate_hz))
    found = find_repeats(samples, shortest)
    unseen = "A copy is seen only where nothing changed its samples: no gain, no lossy codec."
    if len(found) > MOST:
        unseen = f"{len(found)} stretches repeat: the signal is periodic, or made so; none marked."
        found = []
    step = round(STEP_S * rate_hz)
    twice = np.zeros(len(samples) // step + 1)
    changes = []
    for repeat in found:
        for here, there in ((repeat.first, repeat.second), (repeat.second, repeat.first)):
            start_s, length_s = here / rate_hz, repeat.length / rate_hz
            what = (
                f"{length_s:.3f} s from {start_s:.3f} s on are, sample for sample, those from "
                f"{there / rate_hz:.3f} s on: one of the two is a copy"
            )
            interval_s = (start_s, start_s + 1 / rate_hz)
            changes.append(Change(start_s, interval_s, "repeats", None, what))
            edges = np.clip(np.arange(len(twice) + 1) * step, here, here + repeat.length)
            twice += np.diff(edges) / step
    changes.sort(key=lambda change: change.time_s)
    times_s = (np.arange(len(twice), dtype=np.float64) + 0.5) * STEP_S
    share = np.minimum(twice, 1.0)
    return Track("repeats", times_s, share, "share", tuple(changes), _FALSE_ALARMS_PER_HOUR, unseen)


def find_repeats(samples: Float32, shortest: int) -> list[Repeat]:
    """Maximal stretches of at least `shortest` samples that stand twice without overlapping.

    Positions are chosen by what stands there (a hash of SHORT samples), so that a copy at any lag
    chooses the same ones; those with equal LONG samples are paired and extended to both sides.
    """
    bits = np.ascontiguousarray(samples, np.float32).view(np.uint32)
    anchors, hashes = _anchors(bits)
    _, which, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    seldom = counts[which] <= OFTEN
    anchors, hashes = anchors[seldom], hashes[seldom]
    order = np.argsort(hashes, kind="stable")
    equal = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
    pairs = np.stack([anchors[order[equal]], anchors[order[equal + 1]]], axis=1)
    found: list[Repeat] = []
    reached: dict[int, int] = {}  # lag -> end of what was extended already
    for first, second in pairs[np.argsort(pairs[:, 0], kind="stable")].tolist():
        lag = second - first
        if reached.get(lag, -1) > first:
            continue
        start, stop = _extended(bits, first, second)
        reached[lag] = stop
        if shortest <= stop - start <= lag:
            found.append(Repeat(start, start + lag, stop - start))
    return sorted(found, key=lambda repeat: repeat.first)


def _anchors(bits: NDArray[np.uint32]) -> tuple[Integers, NDArray[np.uint64]]:
    """Positions that are looked at, and a hash of the LONG samples from each on."""
    odd = np.random.default_rng(0).integers(1 << 62, size=LONG, dtype=np.uint64) * 2 + 1
    positions, hashes = [np.empty(0, np.int64)], [np.empty(0, np.uint64)]
    for start in range(0, len(bits) - LONG + 1, _BLOCK):
        block = bits[start : start + _BLOCK + LONG - 1].astype(np.uint64)
        n = len(block) - LONG + 1
        short = np.zeros(n, np.uint64)
        for i in range(SHORT):
            short += block[i : i + n] * odd[i]
        # The upper bits of a product depend on all lower ones; mixed once more.
        short = (short ^ (short >> np.uint64(29))) * odd[-1]
        # A run of equal samples would choose each of its positions.
        moves = block[:n] != block[1 : n + 1]
        chosen = np.flatnonzero(moves & (short < np.uint64((1 << 64) // ONE_IN)))
        rows = block[chosen[:, None] + np.arange(LONG)]
        busy = np.sum(rows[:, 1:] != rows[:, :-1], axis=1) >= BUSY
        positions.append(chosen[busy] + start)
        hashes.append((rows[busy] * odd).sum(axis=1, dtype=np.uint64))
    return np.concatenate(positions), np.concatenate(hashes)


def _extended(bits: NDArray[np.uint32], first: int, second: int) -> tuple[int, int]:
    """From where to where the samples at `first` equal those `second - first` later."""
    lag, n = second - first, len(bits)
    stop = first
    while stop + lag < n:
        size = min(4096, n - lag - stop)
        differs = bits[stop : stop + size] != bits[stop + lag : stop + lag + size]
        if differs.any():
            stop += int(differs.argmax())
            break
        stop += size
    start = first
    while start > 0:
        size = min(4096, start)
        same = bits[start - size : start] == bits[start - size + lag : start + lag]
        if not same.all():
            start -= int((~same[::-1]).argmax())
            break
        start -= size
    return start, stop
