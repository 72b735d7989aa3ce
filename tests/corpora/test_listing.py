"""Which files of a folder are recordings: by content, and by suffix where content says nothing."""

import os
import socket
from pathlib import Path

import numpy as np
import pytest
import soundfile

from micfp.bench.measured import audio_files as measured_files
from micfp.config.audio import CorpusConfig
from micfp.config.bench import MeasuredConfig
from micfp.corpora import left_out_of, read_corpus
from micfp.corpora.listing import LeftOut, left_out_in_words, list_audio
from micfp.degrade.files import audio_files as noise_files


def wav(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(100), 8000, format="WAV")
    return path


def names(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in list_audio(root).audio]


SUFFIXES = (".qta", ".3ga", ".3gpp", ".awb", ".mts", ".avi", ".mp2", ".wma", ".mxf", "", ".dat")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_content_makes_a_recording_whatever_its_name(suffix: str, tmp_path: Path) -> None:
    path = wav(tmp_path / "phone" / f"take{suffix}")
    assert list_audio(tmp_path).audio == (path,)
    assert list_audio(tmp_path).left_out == ()


@pytest.mark.parametrize("suffix", [".qta", ".3GA", ".awb", ".mts", ".avi", ".mxf", ".wav"])
def test_a_suffix_of_audio_stays_though_the_content_is_none(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"take{suffix}").write_text("a pointer, or half a download")
    assert names(tmp_path) == [f"take{suffix}"]


def test_what_is_left_out_is_named_and_side_files_are_not(tmp_path: Path) -> None:
    wav(tmp_path / "a" / "take.wav")
    (tmp_path / "a" / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "b.bin").touch()
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere")  # as of a corpus not fetched yet
    for name in ("notes.TXT", "list.csv", "x.md5", "Thumbs.db", ".DS_Store", "._take.wav"):
        (tmp_path / "a" / name).touch()
    wav(tmp_path / ".trash" / "old.wav")
    wav(tmp_path / "spoken.txt")
    listing = list_audio(tmp_path)
    assert names(tmp_path) == ["a/take.wav", "gone.wav"]
    assert listing.left_out == (
        LeftOut(tmp_path / "a/photo.jpg", "no sound"),
        LeftOut(tmp_path / "b.bin", "no sound"),
        LeftOut(tmp_path / "gone", "a link that leads nowhere"),
    )


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    """A pipe that nobody writes to would be waited for without end."""
    os.mkfifo(tmp_path / "pipe.wav")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "null.flac").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()
        os.chdir(tmp_path)  # addresses of sockets are short
        listening.bind("s.ogg")
        os.chdir(here)
        listing = list_audio(tmp_path)
    assert listing.audio == ()
    reasons = {file.path.name: file.reason for file in listing.left_out}
    assert reasons == {
        **{"pipe.wav": "a named pipe", "pipe": "a named pipe"},
        **{"null.flac": "a device", "s.ogg": "a socket"},
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret").touch(0o000)
    assert list_audio(tmp_path).left_out[0].reason == "may not be read: Permission denied"


def test_words_are_few_and_names_escaped(tmp_path: Path) -> None:
    left_out = [LeftOut(tmp_path / f"{n}\n\x1b[31m\udcff", "no sound") for n in range(7)]
    said = left_out_in_words(left_out, tmp_path)
    assert said.startswith("left out as no audio: 7 files: '0\\n\\x1b[31m\\udcff' (no sound), '1")
    assert said.endswith("'4\\n\\x1b[31m\\udcff' (no sound) and 2 more")
    assert left_out_in_words(left_out[:1], tmp_path).startswith("left out as no audio: 1 file: ")


def test_a_reader_takes_what_the_listing_takes(tmp_path: Path) -> None:
    wav(tmp_path / "phone" / "memo.qta")
    (tmp_path / "phone" / "memo.pdf").write_bytes(b"%PDF")
    config = CorpusConfig(reader="folder", root=tmp_path)
    assert list(read_corpus(config)["path"]) == [str(tmp_path / "phone/memo.qta")]
    assert [file.path.name for file in left_out_of(config)] == ["memo.pdf"]
    (tmp_path / "recordings.csv").write_text("path,device\nphone/memo.qta,phone\n")
    assert left_out_of(CorpusConfig(reader="manifest", root=tmp_path)) == ()
    assert left_out_of(CorpusConfig()) == ()


def test_folders_of_noise_and_rooms_take_the_same(tmp_path: Path) -> None:
    taken = [wav(tmp_path / "a.m4a"), wav(tmp_path / "b")]
    deep = wav(tmp_path / "street" / "c.3gpp")
    (tmp_path / "readme").touch()
    os.mkfifo(tmp_path / "pipe.wav")
    assert noise_files(str(tmp_path)) == [*taken, deep]
    assert measured_files(MeasuredConfig(noise_from=tmp_path), "noise_from") == [
        str(path) for path in taken
    ]
