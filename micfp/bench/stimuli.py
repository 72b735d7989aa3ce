"""What the loudspeaker plays: speech, music, sweeps and noise, in phrases with silence between."""

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from micfp.bench.days import Day
from micfp.bench.draws import generator
from micfp.config.bench import BenchConfig, ContentConfig, StimuliConfig
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

_Item = TypeVar("_Item")

PEAK_LIMIT = 0.9
FADE_S = 0.01
BEEP_S = 0.2
BEEPS_HZ = (1000, 1000, 1000, 2000)
"""The start marker: beeps, each followed by silence as long, and then `MARKER_PAUSE_S`."""
MARKER_PAUSE_S = 1.0
CONTENT_PAUSE_S = 2.0
"""Silence before every content of a programme."""
LONGEST_TAIL_S = 5.0
"""A phrase that does not fit at the end is left out, or cut where more silence would be left."""


def content_signal(
    config: BenchConfig,
    seed: int,
    content: ContentConfig,
    said: Sequence[str] | None = None,
) -> "Samples":
    """The sound of one content at the bench's sample rate, float32 (duration,), -1..1.

    Phrases at `stimuli.level_dbfs` (RMS), separated by digital silence; it ends with silence where
    a short phrase would not fit. Depends on seed and content only, not on the session.

    Parameters
    ----------
    config
        The bench.
    seed
        Of the run.
    content
        What is played.
    said
        Sentences for the voices of a speech content; None: its share of those that there are.
    """
    import numpy as np

    rate_hz = config.adc.sample_rate_hz
    n_samples = round(content.duration_s * rate_hz)
    rng = generator(seed, "content", content.name)
    signal = np.zeros(n_samples, dtype=np.float32)
    position = round(0.5 * rate_hz)
    for number, phrase in enumerate(_phrases(config, content, said, rng), start=1):
        left = n_samples - position
        if len(phrase) > left:
            if number == 1 or left > LONGEST_TAIL_S * rate_hz:
                signal[position:] = _levelled(_faded(phrase[:left], rate_hz), config.stimuli, rng)
            break
        signal[position : position + len(phrase)] = _levelled(phrase, config.stimuli, rng)
        long = number % config.stimuli.phrases_per_paragraph == 0
        pause_s = config.stimuli.long_pause_s if long else rng.uniform(*config.stimuli.pause_s)
        position += len(phrase) + round(pause_s * rate_hz)
    return signal


def content_files(config: BenchConfig, content: ContentConfig) -> list[str]:
    """Measured recordings that a content plays, in their order; [] where it plays none.

    No file is in two contents. Where `speaker_until` tells speakers apart, no speaker is, and they
    take turns.

    Raises
    ------
    MicfpError
        There are fewer speakers than contents.
    """
    from micfp.bench.measured import audio_groups

    source = {"speech": "speech_from", "music": "music_from"}.get(content.kind)
    if source is None or getattr(config.measured, source) is None:
        return []
    groups = audio_groups(config.measured, source)
    n_contents = len(_names_of_kind(config, content))
    if source == "speech_from" and config.measured.speaker_until and len(groups) < n_contents:
        raise MicfpError(
            f"bench.measured.speech_from: {config.measured.speech_from} has {len(groups)} speakers "
            f"to take for {n_contents} contents, and each needs its own; add speakers, or play less"
        )
    turns = itertools.zip_longest(*_share(groups, config, content))
    return [file for turn in turns for file in turn if file is not None]


def stimulus(config: BenchConfig, rng: "np.random.Generator", day: Day) -> tuple["Samples", int]:
    """The sound to play when recording one's own microphones, and its rate in Hz.

    A start marker (four beeps, then a second of silence) and the contents of one day, each with
    two seconds of silence before it.
    """
    import numpy as np

    rate_hz = config.adc.sample_rate_hz
    seed = int(rng.integers(2**63))
    pieces = [start_marker(config.stimuli, rate_hz)]
    for content in day.contents:
        signal = content_signal(config, seed, content, day.sentences.get(content.name))
        pieces += [np.zeros(round(CONTENT_PAUSE_S * rate_hz), dtype=np.float32), signal]
    return np.concatenate(pieces), rate_hz


def start_marker(config: StimuliConfig, rate_hz: int) -> "Samples":
    """Four beeps of 0.2 s at 1 kHz, 0.2 s apart, the last one an octave higher; then 1 s silence.

    The pattern is unlike speech or music, so that recordings can be lined up by it.
    """
    import numpy as np

    time_s = np.arange(round(BEEP_S * rate_hz)) / rate_hz
    amplitude = np.sqrt(2) * 10 ** (config.level_dbfs / 20)
    pieces = []
    for frequency_hz in BEEPS_HZ:
        beep = amplitude * np.sin(2 * np.pi * frequency_hz * time_s)
        pieces += [_faded(beep, rate_hz), np.zeros(len(time_s))]
    return np.concatenate([*pieces, np.zeros(round(MARKER_PAUSE_S * rate_hz))]).astype(np.float32)


def sine_sweep(
    from_hz: float, to_hz: float, duration_s: float, rate_hz: int
) -> "NDArray[np.float64]":
    """Exponential sine sweep, amplitude 1, float64 (duration,).

    References
    ----------
    Farina (2000), Simultaneous measurement of impulse response and distortion with a swept-sine
    technique.
    """
    import numpy as np

    n_samples = round(duration_s * rate_hz)
    time_s = np.arange(n_samples) / rate_hz
    growth = np.log(to_hz / from_hz)
    phase = 2 * np.pi * from_hz * duration_s / growth * np.expm1(time_s / duration_s * growth)
    return np.asarray(np.sin(phase))


def _phrases(
    config: BenchConfig,
    content: ContentConfig,
    said: Sequence[str] | None,
    rng: "np.random.Generator",
) -> Iterator["NDArray[np.floating]"]:
    """Phrases of the content without end, at any level."""
    measured = config.measured
    if content.kind == "silence":
        return iter(())
    if content.kind == "noise":
        return _noises(config, rng)
    if content.kind == "sweep":
        return _sweeps(config, rng)
    if content.kind == "speech":
        if measured.speech_from:
            return _recorded(config, content, None, rng)
        return _spoken(config, content, said, rng)
    if measured.music_from:
        return _recorded(config, content, config.stimuli.music_phrase_s, rng)
    return _played(config, rng)


def _spoken(
    config: BenchConfig,
    content: ContentConfig,
    said: Sequence[str] | None,
    rng: "np.random.Generator",
) -> Iterator["NDArray[np.floating]"]:
    """Sentences by drawn voices; no sentence is in two contents."""
    from micfp.bench.speech import sentences, speak, utterances

    texts = _share(sentences(), config, content) if said is None else said
    # A process of its own for each batch is slow to start: about enough sentences for the content.
    size = max(1, round(content.duration_s / 3))
    said_next = utterances(config.stimuli, texts, rng)
    while True:
        batch = list(itertools.islice(said_next, size))
        spoken, rate_hz = speak(batch, config.stimuli.words_per_minute)
        for samples in spoken:
            yield _trimmed(_at_rate(samples, rate_hz, config.adc.sample_rate_hz))


def _recorded(
    config: BenchConfig,
    content: ContentConfig,
    phrase_s: tuple[float, float] | None,
    rng: "np.random.Generator",
) -> Iterator["NDArray[np.floating]"]:
    """Recordings from a folder, whole or cut into phrases."""
    from micfp.bench.measured import read_mono

    files = content_files(config, content)
    rate_hz = config.adc.sample_rate_hz
    longest_s = config.measured.speech_max_s if content.kind == "speech" else None
    longest = None if longest_s is None else round(longest_s * rate_hz)
    while True:
        for file in files:
            samples, file_rate_hz = read_mono(file)
            samples = _trimmed(_at_rate(samples, file_rate_hz, rate_hz))[:longest]
            start = 0
            while start < len(samples):
                stop = len(samples)
                if phrase_s is not None:
                    stop = min(stop, start + round(rng.uniform(*phrase_s) * rate_hz))
                if stop - start > FADE_S * 4 * rate_hz:
                    yield _faded(samples[start:stop], rate_hz)
                start = stop


def _share(items: Sequence[_Item], config: BenchConfig, content: ContentConfig) -> list[_Item]:
    """The content's own items: contents of one kind take turns, so that none hears another's.

    With fewer items than contents they are shared.
    """
    names = _names_of_kind(config, content)
    place = names.index(content.name)
    return list(items[place :: len(names)]) or [items[place % len(items)]]


def _names_of_kind(config: BenchConfig, content: ContentConfig) -> list[str]:
    """Names of the bench's contents of the same kind, each once."""
    names = [
        other.name
        for session in config.sessions
        for other in session.contents
        if other.kind == content.kind
    ]
    return list(dict.fromkeys(names))


def _sweeps(config: BenchConfig, rng: "np.random.Generator") -> Iterator["NDArray[np.floating]"]:
    low_hz, high_hz = config.stimuli.sweep_hz
    while True:
        duration_s = rng.uniform(*config.stimuli.sweep_s)
        sweep = sine_sweep(low_hz, high_hz, duration_s, config.adc.sample_rate_hz)
        yield _faded(sweep, config.adc.sample_rate_hz)


def _noises(config: BenchConfig, rng: "np.random.Generator") -> Iterator["NDArray[np.floating]"]:
    """Bursts of pink noise (3 dB per octave down from 20 Hz on), as long as sweeps."""
    import numpy as np

    rate_hz = config.adc.sample_rate_hz
    while True:
        n_samples = round(rng.uniform(*config.stimuli.sweep_s) * rate_hz)
        spectrum = np.fft.rfft(rng.standard_normal(n_samples))
        spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(n_samples, 1 / rate_hz), 20.0))
        yield _faded(np.fft.irfft(spectrum, n_samples), rate_hz)


# Steps of a major and a minor scale, and the degrees of common chord sequences.
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))
_SEQUENCES = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 4, 0), (5, 3, 0, 4))


def _played(config: BenchConfig, rng: "np.random.Generator") -> Iterator["NDArray[np.floating]"]:
    """Phrases of a small band: bass, chords, a bell-like melody and cymbals up to 16 kHz."""
    import numpy as np

    rate_hz = config.adc.sample_rate_hz
    key = int(rng.integers(28, 40))  # of the bass, as MIDI number: 41 to 78 Hz
    scale = _SCALES[int(rng.integers(2))]
    sequence = _SEQUENCES[int(rng.integers(len(_SEQUENCES)))]
    beat_s = 60 / rng.uniform(95, 150)
    number = 0
    while True:
        n_beats = max(2, round(rng.uniform(*config.stimuli.music_phrase_s) / beat_s))
        phrase = np.zeros(round((n_beats + 0.6) * beat_s * rate_hz), dtype=np.float32)
        for beat in range(n_beats):
            degree = sequence[(number + beat // 2) % len(sequence)]
            start = round(beat * beat_s * rate_hz)
            _add(phrase, start, _note(key + _step(scale, degree), beat_s, 0.5, 8, rate_hz))
            if beat % 2 == 0:
                for third in (0, 2, 4):
                    pitch = key + 24 + _step(scale, degree + third)
                    _add(phrase, start, _note(pitch, 1.6 * beat_s, 0.12, 10, rate_hz))
            for half in (0.0, 0.5):
                if rng.random() < 0.7:
                    pitch = key + 48 + _step(scale, int(rng.integers(0, 9)))
                    at = start + round(half * beat_s * rate_hz)
                    _add(phrase, at, _note(pitch, beat_s, 0.12, 12, rate_hz))
                at = start + round(half * beat_s * rate_hz)
                _add(phrase, at, _cymbal(0.08 + 0.1 * half, 0.12, rate_hz, rng))
        number += 1
        yield _faded(phrase, rate_hz, fade_s=0.05)


def _step(scale: tuple[int, ...], degree: int) -> int:
    octave, place = divmod(degree, len(scale))
    return 12 * octave + scale[place]


def _note(
    midi_pitch: int, duration_s: float, amplitude: float, n_harmonics: int, rate_hz: int
) -> "Samples":
    """A struck string: harmonics that fall with their number, the higher the faster."""
    import numpy as np

    fundamental_hz = 440 * 2 ** ((midi_pitch - 69) / 12)
    time_s = np.arange(round(duration_s * rate_hz), dtype=np.float32) / np.float32(rate_hz)
    # Powers of one rotating pointer are the harmonics: one sine instead of many.
    pointer = np.exp(np.complex64(2j * np.pi * fundamental_hz) * time_s)
    decay = np.exp(np.float32(-1.5 / duration_s) * time_s)
    step = (pointer * np.exp(np.float32(-0.5) * time_s)).astype(np.complex64)
    current = (pointer * decay).astype(np.complex64)
    note = np.zeros(len(time_s), dtype=np.float32)
    for harmonic in range(1, n_harmonics + 1):
        if harmonic * fundamental_hz > 0.45 * rate_hz:
            break
        note += current.imag / np.float32(harmonic)
        current *= step
    ramp = min(len(note), round(0.005 * rate_hz))
    note[:ramp] *= np.linspace(0, 1, ramp, dtype=np.float32)
    note[-ramp:] *= np.linspace(1, 0, ramp, dtype=np.float32)
    return np.float32(amplitude) * note


def _cymbal(
    amplitude: float, duration_s: float, rate_hz: int, rng: "np.random.Generator"
) -> "Samples":
    """A short noise with a rising spectrum: white noise, differentiated twice, that dies away."""
    import numpy as np

    n_samples = round(duration_s * rate_hz)
    noise = np.diff(rng.standard_normal(n_samples + 2, dtype=np.float32), n=2)
    decay = np.exp(np.linspace(0, -6, n_samples, dtype=np.float32))
    return np.float32(amplitude / 2.5) * noise * decay


def _add(target: "Samples", start: int, samples: "Samples") -> None:
    stop = min(len(target), start + len(samples))
    if start < stop:
        target[start:stop] += samples[: stop - start]


def _at_rate(samples: "Samples", from_hz: int, to_hz: int) -> "Samples":
    import numpy as np

    if from_hz == to_hz:
        return samples
    import soxr

    resampled: Samples = soxr.resample(samples, from_hz, to_hz, quality="HQ").astype(np.float32)
    return resampled


def _trimmed(samples: "Samples") -> "Samples":
    """Without what is more than 50 dB below the peak at both ends."""
    import numpy as np

    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max(initial=0.0) * 10 ** (-50 / 20))
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples[:0]


def _faded(
    samples: "NDArray[np.floating]", rate_hz: int, fade_s: float = FADE_S
) -> "NDArray[np.floating]":
    import numpy as np

    n_fade = min(round(fade_s * rate_hz), len(samples) // 2)
    faded = samples.copy()
    ramp = np.sin(np.linspace(0, np.pi / 2, n_fade)) ** 2
    faded[:n_fade] *= ramp
    faded[len(faded) - n_fade :] *= ramp[::-1]
    return faded


def _levelled(
    phrase: "NDArray[np.floating]", config: StimuliConfig, rng: "np.random.Generator"
) -> "Samples":
    """At the configured RMS level, give or take the spread, with peaks inside PEAK_LIMIT."""
    import numpy as np

    level_dbfs = config.level_dbfs + rng.uniform(-config.level_spread_db, config.level_spread_db)
    rms = float(np.sqrt(np.mean(np.square(phrase, dtype=np.float64)))) if len(phrase) else 0.0
    if rms == 0:
        return phrase.astype(np.float32)
    gain = min(10 ** (level_dbfs / 20) / rms, PEAK_LIMIT / float(np.abs(phrase).max()))
    levelled: Samples = (gain * phrase).astype(np.float32)
    return levelled
