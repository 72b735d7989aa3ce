"""Every kind of file is told by its bytes, with its encoder where it states one."""

from pathlib import Path

import pytest
from kinds import KINDS

from micfp.casework.inspect.inspecting import inspect_file
from micfp.casework.inspect.inspection import OWN, Inspection

ENCODERS = {  # what the encoder is called, where the file says so
    "flac": "reference libFLAC",
    "ogg vorbis": "Xiph.Org libVorbis",
    "ogg opus": "Lavf",
    "ogg flac": "Lavf",
    "mp3": "LAME3.",
    "mp3 of libsndfile": "LAME3.",
    "aac": "Lavc",
    "m4a": "Lavf",
    "mp4 fragmented": "Lavf",
    "mov": "Lavf",
    "3gp": "FFMpeg",
    "mkv": "Lavf",
    "webm": "Lavf",
    "avi": "Lavf",
    "wma": "Lavf",
    "flv": "Lavf",
    "nut": "Lavf",
    "wavpack": "Lavf",
    "tta": "Lavf",
    "mat5": "libsndfile",
}


def containers(found: Inspection, reader: str) -> list[object]:
    return [f.value for f in found.fields if f.name == "container" and f.reader.startswith(reader)]


def test_there_are_at_least_forty() -> None:
    assert len({container for _, container in KINDS.values()}) >= 40


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_file_is_known_and_raises_no_doubt(kind: str, tmp_path: Path) -> None:
    make, container = KINDS[kind]
    path = tmp_path / "take"  # no suffix helps
    make(path)
    found = inspect_file(path)
    assert found.refused is None
    assert containers(found, OWN) == [container]
    assert len(containers(found, "lib")) == 1  # of libsndfile or libavformat
    assert found.inconsistencies == ()
    assert not [field for field in found.fields if field.name.startswith("not read")]
    assert all(field.reader and field.value != "" for field in found.fields)
    if kind in ENCODERS:
        said = [str(value) for value in found.values("encoder")]
        assert any(value.startswith(ENCODERS[kind]) for value in said), said


@pytest.mark.parametrize(("form", "name"), [("HTK", "HTK"), ("MAT4", "MAT4")])
def test_what_has_no_magic_number_is_named_by_its_decoder(
    form: str, name: str, tmp_path: Path
) -> None:
    import soundfile as sf
    from kinds import sound

    sf.write(tmp_path / "take", sound(16_000), 16_000, "PCM_16", format=form)
    (said,) = containers(inspect_file(tmp_path / "take"), "libsndfile")
    assert str(said).startswith(name)
