"""Parts of measured folders: two benches that share nothing, contents that share no speaker."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from bench_recipes import RATE_HZ, SEED, one_sweep

from micfp.bench.build import planned_recordings, source_files
from micfp.bench.measured import microphone_files
from micfp.bench.stimuli import content_files, content_signal
from micfp.config.bench import BenchConfig, ContentConfig, MeasuredConfig
from micfp.errors import MicfpError
from micfp.plan.params import load_params, parse_params

PRESETS = Path(__file__).parents[2] / "workflow" / "presets"
FOLDERS = ("micirp", "umik1", "speech", "rooms", "noise")


def sound(file: Path, n_samples: int = 64) -> None:
    """A WAV file whose samples are its own."""
    rng = np.random.default_rng(list(str(file).encode()))
    sf.write(file, 0.1 * rng.standard_normal(n_samples), RATE_HZ)


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    """Just enough of every folder for both presets: 33 and 34 microphones, 12 speakers."""
    data = tmp_path / "data"
    for name in FOLDERS:
        (data / name).mkdir(parents=True)
    for number in range(33):
        sound(data / "micirp" / f"old_{number}.wav")
    for number in range(34):  # every third is 11 of them: numbers 0 and 2 leave 12 + 11 = 23
        (data / "umik1" / f"70{number:02}.txt").write_text(f"20 0\n1000 {number}\n20000 0\n")
        (data / "umik1" / f"70{number:02}_90deg.txt").write_text("off axis")
    for number in range(12):
        for utterance in range(1 + number % 3):
            sound(data / "speech" / f"{number}-9-{utterance}.wav")
    for number in range(4):
        sound(data / "rooms" / f"room-{number}.wav")
        sound(data / "noise" / f"street-{number}.wav")
    return tmp_path


@pytest.fixture
def real(tmp_path: Path, shared_data: Path) -> Path:
    (tmp_path / "data").mkdir()
    for name in FOLDERS:
        (tmp_path / "data" / name).symlink_to(shared_data / name)
    return tmp_path


@pytest.mark.parametrize("place", ["made_up", "real"])
def test_the_benches_of_the_transfer_share_nothing(
    place: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(request.getfixturevalue(place))
    benches = [load_params([PRESETS / f"bench_{n}.yaml"]).bench for n in (45, 21)]
    for bench, old, umik in zip(benches, (22, 11), (23, 10), strict=True):
        kinds = Counter(file.suffix for file in microphone_files(bench.measured))
        assert kinds == {".wav": old, ".txt": umik}
        table = planned_recordings(bench)
        assert table["device"].nunique() == old + umik
        assert set(table["content"]) == {"train-a", "train-b", "validate", "test"}
        assert not table["device"].str.contains("90deg").any()

    # Files by their names and by what they hold, rooms and noise among them.
    one, other = (source_files(bench) for bench in benches)
    assert {file.parent.name for file in one} == set(FOLDERS)
    assert not {file.name for file in one} & {file.name for file in other}
    contents = [{hashlib.sha256(f.read_bytes()).digest() for f in files} for files in (one, other)]
    assert not contents[0] & contents[1]
    assert [len(found) for found in contents] == [len(one), len(other)]

    # Eight contents, and no speaker in two of them.
    heard = [speakers(bench, content) for bench in benches for content in all_contents(bench)]
    assert len(heard) == 8
    assert all(heard)
    assert sum(map(len, heard)) == len(set.union(*heard))


def all_contents(bench: BenchConfig) -> list[ContentConfig]:
    return [content for session in bench.sessions for content in session.contents]


def speakers(bench: BenchConfig, content: ContentConfig) -> set[str]:
    return {Path(file).name.split("-")[0] for file in content_files(bench, content)}


def speech_bench(folder: Path, n_contents: int, **measured: object) -> BenchConfig:
    contents = [
        {"name": f"speech-{number}", "kind": "speech", "duration_s": 10}
        for number in range(n_contents)
    ]
    config = one_sweep(measured={"speech_from": folder, "speaker_until": "-"} | measured)
    session = config.sessions[0].model_dump() | {"contents": contents}
    return BenchConfig.model_validate(config.model_dump() | {"sessions": [session]})


def test_speakers_of_a_content_take_turns(tmp_path: Path) -> None:
    for name in ("a-1", "a-2", "a-3", "b-1", "c-1", "c-2", "d-1"):
        sound(tmp_path / f"{name}.wav")
    bench = speech_bench(tmp_path, 2)
    played = [[Path(f).stem for f in content_files(bench, c)] for c in all_contents(bench)]
    assert played == [["a-1", "c-1", "a-2", "c-2", "a-3"], ["b-1", "d-1"]]
    # Without speakers the seven files are dealt in turn, and so `a` and `c` are heard in both.
    bench = speech_bench(tmp_path, 2, speaker_until=None)
    played = [[Path(f).stem for f in content_files(bench, c)] for c in all_contents(bench)]
    assert played == [["a-1", "a-3", "c-1", "d-1"], ["a-2", "b-1", "c-2"]]


def test_a_part_has_every_so_manieth_speaker(tmp_path: Path) -> None:
    for name in ("a-1", "a-2", "b-1", "c-1", "d-1", "d-2", "e-1"):
        sound(tmp_path / f"{name}.wav")
    # Numbers: a 0, b 1, c 2, d 0, e 1.
    found = []
    for take in ([0, 2], [1]):
        bench = speech_bench(tmp_path, 1, part={"of": 3, "take": take})
        found.append(speakers(bench, all_contents(bench)[0]))
        assert {file.name.split("-")[0] for file in source_files(bench)} == found[-1]
    assert found == [{"a", "c", "d"}, {"b", "e"}]


def test_no_more_is_played_of_a_file_than_asked(tmp_path: Path) -> None:
    for name in ("a-1", "b-1"):
        sound(tmp_path / f"{name}.wav", 3 * RATE_HZ)
    bench = speech_bench(tmp_path, 1, speech_max_s=0.5)
    bench = bench.model_copy(
        update={"stimuli": bench.stimuli.model_copy(update={"pause_s": (1.0, 1.0)})}
    )
    signal = content_signal(bench, SEED, all_contents(bench)[0])
    sounding = np.flatnonzero(signal)
    cuts = np.flatnonzero(np.diff(sounding) > 0.9 * RATE_HZ)
    starts, stops = sounding[np.r_[0, cuts + 1]], sounding[np.r_[cuts, -1]]
    # In 10 s from 0.5 s on, half a second each, a second between, 1.8 s after the fourth: six, and
    # the last would end at 0.5 + 6 * 0.5 + 4 * 1.0 + 1.8 = 9.3 s.
    assert len(starts) == 6
    assert (stops - starts) / RATE_HZ == pytest.approx(0.5, abs=0.01)
    assert stops[-1] / RATE_HZ == pytest.approx(9.3, abs=0.02)


def test_too_little_for_what_is_asked(made_up: Path) -> None:
    data = made_up / "data"
    asked = [{"folder": data / "micirp", "count": 12}, {"folder": data / "umik1", "count": 3}]
    config = one_sweep(measured={"microphones_from": asked, "part": {"of": 3, "take": [1]}})
    with pytest.raises(MicfpError, match=r"micirp has 11 microphones to take, not 12; lower"):
        planned_recordings(config)
    with pytest.raises(MicfpError, match=r"speech has 4 speakers to take for 5 contents"):
        planned_recordings(speech_bench(data / "speech", 5, part={"of": 3, "take": [1]}))
    # Four rooms have the numbers 0, 1, 2, 3 of 5.
    config = one_sweep(measured={"rooms_from": data / "rooms", "part": {"of": 5, "take": [4]}})
    with pytest.raises(MicfpError, match=r"rooms has too little to divide \(4\)"):
        source_files(config)
    with pytest.raises(MicfpError, match=r"part.take = \[0, 3\] needs numbers from 0 to 2"):
        parse_params({"bench": {"measured": {"part": {"of": 3, "take": [0, 3]}}}})


def test_microphones_of_two_folders_have_names_of_their_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        sound(tmp_path / name / "x.wav")
    asked = [{"folder": tmp_path / name, "count": 1} for name in ("one", "two")]
    with pytest.raises(MicfpError, match="two files are called x; rename one of them"):
        planned_recordings(one_sweep(measured={"microphones_from": asked}))


def test_what_is_not_set_is_no_part_of_a_benchs_key() -> None:
    later = {"speaker_until": "-", "speech_max_s": 2.0, "part": {"of": 3, "take": (1,)}}
    assert not set(later) & set(MeasuredConfig().model_dump(mode="json"))
    config = MeasuredConfig.model_validate(later)
    assert set(later) <= set(config.model_dump(mode="json"))
    assert MeasuredConfig.model_validate(config.model_dump(mode="json")) == config
