"""What is read of a file, against what was put in; digests; samples; one bad file."""

import hashlib
import os
import time
import tracemalloc
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile as sf
from encoded import encode
from kinds import KINDS, sound
from planted import bext, iphone, m4a, mp3, samsung, wav, with_chunk, with_times

from micfp.casework.inspect.inspecting import inspect_each, inspect_file
from micfp.casework.inspect.inspection import OWN, Inspection, Value
from micfp.casework.inspect.limits import limited
from micfp.casework.inspect.readers import own

DIGEST = "SHA-256 of the sound"


def one(found: Inspection, name: str, reader: str = OWN) -> Value:
    (value,) = {f.value for f in found.fields if f.name == name and f.reader.startswith(reader)}
    return value


# --- tags -----------------------------------------------------------------------------------------


def test_keys_of_an_iphone_have_their_own_names(tmp_path: Path) -> None:
    """MediaInfo drops the dots, mutagen gives numbers."""
    found = inspect_file(iphone(tmp_path / "a"))
    places = {f.name: (f.value, f.place) for f in found.fields if f.reader == OWN}
    assert places["model"] == ("iPhone 14 Pro", "moov.meta.ilst: com.apple.quicktime.model")
    assert one(found, "make") == "Apple"


def test_samsungs_model_is_read(tmp_path: Path) -> None:
    assert one(inspect_file(samsung(tmp_path / "a")), "model") == "SM-S918B"


def test_times_of_the_header(tmp_path: Path) -> None:
    """1704103200 s from 1970 are 2024-01-01, 10:00 UTC."""
    found = inspect_file(with_times(m4a(tmp_path / "a"), 1_704_103_200, 1_704_103_260))
    said = {f.name: f.value for f in found.fields if f.place == "moov.mvhd"}
    assert said["created"] == "2024-01-01T10:00:00+00:00"
    assert said["modified"] == "2024-01-01T10:01:00+00:00"


def test_notes_of_a_field_recorder(tmp_path: Path) -> None:
    history = "A=PCM,F=16000,W=16,M=mono,T=ZOOM H4n\r\n"
    found = inspect_file(with_chunk(tmp_path / "a", bext(history)))
    assert one(found, "order of chunks") == "fmt data bext"
    assert one(found, "software") == "ZOOM H4n"
    assert one(found, "created") == "2024-05-01 10:00:00"
    assert one(found, "coding history") == history.strip()


def test_lames_tag(tmp_path: Path) -> None:
    """FFmpeg's LAME states a delay of 576; 88200 samples fill 78 frames with their paddings."""
    found = inspect_file(mp3(tmp_path / "a"))
    stated, counted = one(found, "frames as stated"), one(found, "frames")
    assert stated == counted
    delay, padding = one(found, "encoder delay [samples]"), one(found, "padding [samples]")
    assert isinstance(counted, int)
    assert isinstance(delay, int)
    assert isinstance(padding, int)
    assert delay == 576
    assert counted * 1152 - delay - padding == 88_200


def test_the_file_system_is_named_as_such(tmp_path: Path) -> None:
    path = wav(tmp_path / "a")
    os.utime(path, (1_704_103_200, 1_704_103_200))
    found = inspect_file(path)
    assert one(found, "file modified", "file system") == "2024-01-01T10:00:00+00:00"
    assert one(found, "SHA-256") == hashlib.sha256(path.read_bytes()).hexdigest()


# --- digest of the sound --------------------------------------------------------------------------


def digest(path: Path) -> Value:
    return one(inspect_file(path), DIGEST)


def test_it_is_what_the_page_says(tmp_path: Path) -> None:
    """docs/inspect.md: a beginning, rate and channels, then samples with 32 bits each."""
    path = wav(tmp_path / "a")
    samples, rate_hz = sf.read(path, dtype="int32", always_2d=True)
    head = b"micfp sound 1" + np.array([rate_hz, 1], "<i8").tobytes()
    assert digest(path) == hashlib.sha256(head + samples.astype("<i4").tobytes()).hexdigest()


def remuxed(source: Path, target: Path, container: str) -> Path:
    with av.open(str(source)) as read, av.open(str(target), "w", format=container) as written:
        stream = written.add_stream_from_template(read.streams.audio[0])
        for packet in read.demux(read.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                written.mux(packet)
    return target


def test_other_tags_leave_it_as_it_is(tmp_path: Path) -> None:
    import mutagen
    from mutagen.id3 import TIT2

    plain, tagged = mp3(tmp_path / "plain"), mp3(tmp_path / "tagged")
    changed = mutagen.File(tagged)
    changed.tags.add(TIT2(encoding=3, text="Interview" * 50))
    changed.save()
    assert plain.read_bytes() != tagged.read_bytes()
    assert digest(plain) == digest(tagged)
    note = with_chunk(tmp_path / "note", bext(""))
    assert digest(wav(tmp_path / "wav")) == digest(note)


def test_another_container_leaves_it_as_it_is(tmp_path: Path) -> None:
    source = m4a(tmp_path / "a")
    assert digest(source) == digest(remuxed(source, tmp_path / "a.mov", "mov"))
    encode(tmp_path / "o", sound(48_000), "libopus", 48_000, "ogg")
    assert digest(tmp_path / "o") == digest(remuxed(tmp_path / "o", tmp_path / "o.mka", "matroska"))
    sf.write(tmp_path / "f", sf.read(wav(tmp_path / "w"))[0], 16_000, "PCM_16", format="FLAC")
    assert digest(tmp_path / "w") == digest(tmp_path / "f")


def test_one_other_sample_changes_it(tmp_path: Path) -> None:
    path = wav(tmp_path / "a")
    before = digest(path)
    content = path.read_bytes()
    path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
    assert digest(path) != before


# --- samples --------------------------------------------------------------------------------------


def test_samples_are_measured_as_numpy_measures_them(tmp_path: Path) -> None:
    """Two channels: an offset, 50 zeros before and 20 behind, and 400 samples at full scale."""
    values = np.rint(32_768 * sound(16_000, 2)).astype(np.int16) + np.int16([100, -30])
    values[:50] = values[-20:] = 0
    values[3_000:3_400, 0] = 32_767
    sf.write(tmp_path / "a", values, 16_000, "PCM_16", format="WAV")
    found = inspect_file(tmp_path / "a")
    assert one(found, "first samples of channel 0") == (0,) * 8
    assert one(found, "zeros at the beginning [samples]") == 50
    assert one(found, "zeros at the end [samples]") == 20
    assert one(found, "channels are equal") is False
    means = values.mean(axis=0) / 32_768
    assert one(found, "DC offset [full scale]") == pytest.approx(means, rel=0.01)
    assert one(found, "peak [dBFS]") == pytest.approx(0, abs=0.01)
    assert one(found, "clipped [share]") == pytest.approx(400 / values.size, rel=0.01)
    low = np.bincount((values & 15).ravel(), minlength=16)
    assert one(found, "histogram of the lowest 4 bits") == tuple(low)
    assert (one(found, "bits used"), one(found, "nominal bits")) == (16, 16)


def test_edges_over_blocks(tmp_path: Path) -> None:
    """Of 700 000 samples, blocks of 262 144: silence but for one sample in the second block."""
    values = np.zeros(700_000, np.int16)
    values[300_000] = 4
    sf.write(tmp_path / "a", values, 48_000, "PCM_16", format="WAV")
    found = inspect_file(tmp_path / "a")
    assert one(found, "zeros at the beginning [samples]") == 300_000
    assert one(found, "zeros at the end [samples]") == 399_999
    assert one(found, "bits used") == 14  # 4 is 2**2


def test_what_is_no_number_is_counted(tmp_path: Path) -> None:
    values = sound(16_000)[:, 0]
    values[5:9] = np.nan
    sf.write(tmp_path / "a", values, 16_000, "FLOAT", format="WAV")
    found = inspect_file(tmp_path / "a")
    assert one(found, "samples that are no number") == 4
    assert all(v == v for f in found.fields if isinstance(f.value, tuple) for v in f.value)


def peak_bytes(path: Path, minutes: int) -> int:
    """Of memory, while a file of so many minutes is inspected."""
    part = np.random.default_rng(0).integers(-3_000, 3_000, 60 * 8_000, np.int16)
    with sf.SoundFile(path, "w", 8_000, 1, "PCM_16", format="WAV") as file:
        for _ in range(minutes):
            file.write(part)
    tracemalloc.start()
    inspect_file(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_memory_does_not_follow_the_length(tmp_path: Path) -> None:
    """Behind the 600 s of which there are spectra; 10 minutes more would be 19 MB as floats."""
    inspect_file(wav(tmp_path / "b"))  # what libraries keep
    assert peak_bytes(tmp_path / "a", 22) < peak_bytes(tmp_path / "c", 11) + 1e6


# --- bad files ------------------------------------------------------------------------------------


def test_a_bad_file_costs_its_own_answer(tmp_path: Path) -> None:
    good, text = wav(tmp_path / "good"), tmp_path / "text"
    text.write_text("no sound at all")
    unfinished = m4a(tmp_path / "unfinished")
    content = unfinished.read_bytes()
    unfinished.write_bytes(content[: content.rindex(b"moov") - 4])
    gone = tmp_path / "gone"
    found = list(inspect_each([text, unfinished, gone, good]))
    assert [one.refused is None for one in found] == [False, False, False, True]
    assert found[2].fields == ()
    assert "no such file" in str(found[2].refused)
    assert "its index (moov) is missing" in str(found[1].refused)
    assert one(found[1], "order of atoms") == "ftyp free mdat"  # what can be read is read
    assert [found[0].path, found[3].path] == [str(text), str(good)]


@pytest.mark.parametrize("kind", ["m4a", "mp3", "ogg opus", "flac", "wav", "aiff", "w64", "3gp"])
def test_damage_anywhere_is_no_error(kind: str, tmp_path: Path) -> None:
    """Bytes of heads and ends are drawn anew; own readers give what they can."""
    path = tmp_path / "take"
    KINDS[kind][0](path)
    content, rng = path.read_bytes(), np.random.default_rng(1)
    for _ in range(40):
        mutant = bytearray(content[: len(content) - int(rng.integers(0, 200))])
        for place in rng.integers(0, 600, 6):
            mutant[place if rng.random() < 0.7 else len(mutant) - 1 - place] = rng.integers(256)
        path.write_bytes(mutant)
        with open(path, "rb") as file:
            assert all(field.reader == OWN for field in own.read(file))


def test_a_reader_that_takes_too_much_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MemoryError), limited():
        bytes(3 << 30)
    monkeypatch.setattr("micfp.casework.inspect.limits.MOST_S", 0.05)
    with pytest.raises(TimeoutError, match=r"not done after 0\.05 s"), limited():
        time.sleep(10)
