"""Degraded copies of recordings: how they are planned, and what the step writes."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from default_costs import cost_s

from micfp.degrade.noise import active_power
from micfp.degrade.telephone import TelephoneConfig, telephone
from micfp.engine.graph import missing
from micfp.engine.packing import LOCAL_JOB_S, pack
from micfp.engine.run import make
from micfp.engine.task import Recording, Spec, Task, read_spec
from micfp.errors import MicfpError
from micfp.plan.experiment import plan_experiment
from micfp.plan.params import Params, parse_params
from micfp.plan.recordings import plan_originals, plan_recordings
from micfp.plan.stages import STAGES
from micfp.plan.tables import check_task, quality_task
from micfp.stages import check, degrade
from micfp.studies.search.trials import Space, plan_trials

RATE_HZ = 16000
NOISE = {"kind": "noise", "snr_db": 20}
TELEPHONE = {"kind": "telephone"}
ROWS = [
    ("desk/a.wav", "desk", "a"),
    ("desk/b.wav", "desk", "b"),
    ("phone/a.wav", "phone", "a"),
    ("phone/stereo.wav", "phone", "b"),
    ("phone/broken.wav", "phone", "c"),
    ("phone/copy of a.wav", "phone", "e"),
]


@pytest.fixture(autouse=True)
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four recordings of a second, one that is no audio, and a copy of one."""
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "corpus"
    for path, device, content in ROWS[:4]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng([ord(device[0]), ord(content)])
        samples = 0.1 * rng.standard_normal(RATE_HZ)
        if "stereo" in path:
            samples = np.column_stack([samples, 0.5 * samples])
        sf.write(root / path, samples, RATE_HZ)
    (root / "phone/broken.wav").write_text("not audio at all\n")
    shutil.copy(root / "phone/a.wav", root / "phone/copy of a.wav")
    lines = ["path,device,content", *(",".join(row) for row in ROWS)]
    (root / "recordings.csv").write_text("\n".join(lines) + "\n")
    return root


def params(*chain: dict[str, Any], **more: Any) -> Params:
    values = {
        "corpus": {"reader": "manifest", "root": "corpus"},
        "degrade": list(chain),
        "trim": {"train": None, "test": None},
    }
    return parse_params(values | more)


def name(recording: Recording) -> str:
    """Of the original, below the corpus."""
    return str(Path(recording.original or recording.path).relative_to(Path("corpus").absolute()))


def tasks_of(recordings: list[Recording]) -> list[Task]:
    made = {r.made_by.key: r.made_by for r in recordings if r.made_by is not None}
    return list(made.values())


def made(values: Params) -> dict[str, Recording]:
    """Recordings by the names of their originals, made by the real step."""
    recordings = plan_recordings(values)
    for task in tasks_of(recordings):
        task.write_spec()
        make(read_spec(task.step, task.key))
    return {name(r): r for r in recordings}


# --- planning -------------------------------------------------------------------------------------


def test_without_a_chain_recordings_are_what_they_are() -> None:
    assert plan_recordings(params()) == plan_originals(params())
    assert {task.step for task in missing([plan_experiment(params()).figures])}.isdisjoint(
        {"degrade"}
    )


def test_every_recording_is_replaced_by_its_copy_with_the_same_labels() -> None:
    originals, copies = plan_originals(params()), plan_recordings(params(NOISE))
    assert len(copies) == 6
    for original, copy in zip(originals, copies, strict=True):
        assert copy.labels == original.labels
        assert copy.size_bytes == original.size_bytes
        assert copy.original == original.path
        assert copy.made_by is not None
        assert copy.made_by.step == "degrade"
        assert original.recording in {r.recording for r in copy.made_by.audio}
        assert Path(copy.path).parent == copy.made_by.path
        assert copy.recording != original.recording
    assert len({copy.path for copy in copies}) == 5  # the copy of a.wav is its double here too
    assert len({copy.recording for copy in copies}) == 5
    double = {name(r): r for r in copies}
    assert double["phone/copy of a.wav"].recording == double["phone/a.wav"].recording


def test_what_runs_on_recordings_waits_for_them() -> None:
    tasks = missing([plan_experiment(params(NOISE)).figures])
    (task,) = [t for t in tasks if t.step == "degrade"]
    for step in ("check", "segments", "features", "quality"):
        of_step = [t for t in tasks if t.step == step]
        assert of_step
        assert all(task.address in {n.address for n in t.needs()} for t in of_step)


def test_the_digest_is_of_chain_seed_and_content_not_of_shards() -> None:
    def digests(values: Params) -> list[str]:
        return [r.recording for r in plan_recordings(values)]

    before = digests(params(NOISE))
    assert digests(params(NOISE, shard_mb=0.04)) == before
    others = [
        digests(params({**NOISE, "snr_db": 19})),
        digests(params(NOISE, seed=1)),
        digests(params(TELEPHONE)),
        digests(params(NOISE, TELEPHONE)),
        digests(params(TELEPHONE, NOISE)),
        before,
    ]
    assert len({digest for one in others for digest in one}) == 6 * 5
    assert len(tasks_of(plan_recordings(params(NOISE, shard_mb=0.04)))) > 1


def test_a_name_that_changed_changes_nothing(corpus: Path) -> None:
    before = plan_recordings(params(NOISE))
    (corpus / "phone/stereo.wav").rename(corpus / "phone/other.wav")
    listed = corpus / "recordings.csv"
    listed.write_text(listed.read_text().replace("stereo", "other"))
    after = plan_recordings(params(NOISE))
    assert {r.path for r in after} == {r.path for r in before}
    assert {r.recording for r in after} == {r.recording for r in before}


def test_the_bench_is_degraded_too() -> None:
    bench, copies = (
        plan_recordings(Params(degrade=chain))
        for chain in ((), (TelephoneConfig(kind="telephone"),))
    )
    assert [r.labels for r in copies] == [r.labels for r in bench]
    tasks = tasks_of(copies)
    assert len(tasks) == len(Params().bench.sessions)  # a shard a job that makes them
    for task in tasks:
        assert [needed.step for needed in task.needs()] == ["bench"]


def test_points_of_a_search_may_differ_in_it() -> None:
    axes = {"model.classifier": ["nb"], "degrade": [[], [NOISE], [TELEPHONE]]}
    search = {"axes": [axes], "split": {"kind": "by_content", "folds": 2}}
    space = Space(params(search=search))
    space.check()
    trials = plan_trials(space, space.assignments(np.random.default_rng(0)))
    chains = [t.params["chain"] for t in missing(trials) if t.step == "degrade"]
    assert sorted(json.dumps(chain) for chain in chains) == [
        '[{"kind": "noise", "snr_db": 20.0}]',
        '[{"kind": "telephone"}]',
    ]


def test_it_costs_by_the_size_of_the_originals() -> None:
    shards = [(Recording(f"{i:032d}", f"/corpus/{i}.wav", {}, 10_000_000),) for i in range(100)]
    tasks = [
        Task(STAGES["degrade"], {"chain": [TELEPHONE], "seed": 0}, audio=shard) for shard in shards
    ]
    jobs = pack(tasks, cost_s)
    assert [task for job in jobs for task in job.tasks] == tasks
    assert all(sum(map(cost_s, job.tasks)) <= LOCAL_JOB_S for job in jobs)
    # what reads the copies costs as on the originals
    copy = Recording("0" * 32, "/store/a.wav", {}, 10_000_000, made_by=tasks[0])
    on_copy, on_original = (check_task(params(), (r,)) for r in (copy, *shards[0]))
    assert cost_s(on_copy) == cost_s(on_original)


# --- the step -------------------------------------------------------------------------------------


def test_copies_are_as_long_as_the_originals_and_have_the_noise(corpus: Path) -> None:
    recordings = made(params(NOISE))
    for path in ("desk/a.wav", "desk/b.wav", "phone/a.wav", "phone/stereo.wav"):
        info = sf.info(recordings[path].path)
        original, _ = sf.read(corpus / path, dtype="float32", always_2d=True)
        assert (info.samplerate, info.frames, info.channels, info.subtype) == (
            *(RATE_HZ, len(original), original.shape[1]),
            "FLOAT",
        )
        copy, _ = sf.read(recordings[path].path, dtype="float32", always_2d=True)
        for heard, played in zip(copy.T, original.T, strict=True):
            noise = np.mean((heard - played) ** 2)
            ratio_db = 10 * np.log10(active_power(played, RATE_HZ) / noise)
            assert ratio_db == pytest.approx(20, abs=0.1)
    # the mean of two channels that hold the same has the ratio that each of them has
    both = np.mean(copy, axis=1) - np.mean(original, axis=1)
    played = np.mean(original, axis=1)
    ratio_db = 10 * np.log10(active_power(played, RATE_HZ) / np.mean(both**2))
    assert ratio_db == pytest.approx(20, abs=0.1)


def test_every_recording_has_noise_of_its_own(corpus: Path) -> None:
    recordings = made(params(NOISE))
    first, second = (
        sf.read(recordings[p].path)[0] - sf.read(corpus / p)[0]
        for p in ("desk/a.wav", "desk/b.wav")
    )
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05


def test_shards_do_not_change_a_byte() -> None:
    together = made(params(NOISE))
    apart = made(params(NOISE, shard_mb=0.04))
    assert len(tasks_of(list(apart.values()))) > len(tasks_of(list(together.values()))) == 1
    for path in ("desk/a.wav", "phone/stereo.wav"):
        assert apart[path].path != together[path].path
        assert Path(apart[path].path).read_bytes() == Path(together[path].path).read_bytes()


def test_what_goes_beyond_full_scale_is_not_clipped(corpus: Path) -> None:
    loud = np.clip(5 * np.random.default_rng(0).standard_normal(RATE_HZ), -1, 1)
    sf.write(corpus / "desk/a.wav", loud, RATE_HZ, "PCM_24")
    copy, rate_hz = sf.read(made(params(TELEPHONE))["desk/a.wav"].path, dtype="float32")
    assert np.abs(copy).max() > 1.2
    original, _ = sf.read(corpus / "desk/a.wav", dtype="float32")
    expected = telephone(original, RATE_HZ)
    assert rate_hz == expected.rate_hz
    np.testing.assert_array_equal(copy, expected.samples)


@pytest.mark.parametrize("channel", ["mean", 1])
def test_a_file_of_one_channel_has_one_and_the_pipeline_reads_it(
    corpus: Path, channel: str | int
) -> None:
    settings = {"corpus": {"reader": "manifest", "root": "corpus", "channel": channel}}
    values = params({"kind": "gsm"}, **settings)
    info = sf.info(made(values)["phone/stereo.wav"].path)
    # a second is 25 blocks of 40 ms
    assert (info.samplerate, info.frames, info.channels) == (8000, 8000, 1)
    plan = plan_experiment(values)
    assert {task.params["channel"] for task in plan.corpus.quality.inputs["check"]} == {"mean"}
    # of others the channel that is asked for is read, and their digests know nothing of it
    other = plan_experiment(params(TELEPHONE, **settings)).corpus
    assert {task.params["channel"] for task in other.quality.inputs["check"]} == {channel}
    assert [r.recording for r in other.recordings] == [
        r.recording for r in plan_recordings(params(TELEPHONE))
    ]


def test_which_channel_a_file_holds_is_in_the_digest() -> None:
    settings = {"reader": "manifest", "root": "corpus"}
    digests = {
        plan_recordings(params({"kind": "gsm"}, corpus=settings | {"channel": channel}))[
            0
        ].recording
        for channel in ("mean", 0, 1)
    }
    assert len(digests) == 3


def test_what_cannot_be_read_goes_on_for_the_check_to_report(corpus: Path) -> None:
    values = params(NOISE)
    made(values)
    plan = plan_experiment(values).corpus
    for task in (*plan.quality.inputs["check"], plan.quality):
        task.write_spec()
        make(read_spec(task.step, task.key))
    table = check.read_table(plan.quality.path / "quality.parquet").set_index("path")
    assert table.index.tolist() == sorted(str(corpus / path) for path, _, _ in ROWS)
    assert table.loc[str(corpus / "phone/broken.wav"), "flags"] == "unreadable"
    assert "not an audio file" in table.loc[str(corpus / "phone/broken.wav"), "error"]
    doubles = [str(corpus / "phone" / f"{a}.wav") for a in ("a", "copy of a")]
    assert table.loc[doubles, "flags"].str.contains("duplicate").all()
    assert not table.loc[str(corpus / "desk/a.wav"), "error"]


def test_what_is_not_there_leaves_no_copy_and_the_others_are_made(
    corpus: Path, tmp_path: Path
) -> None:
    audio = (
        Recording("unreadable-1", str(corpus / "gone.wav"), {}, 0),
        Recording("unreadable-2", str(corpus / "desk"), {}, 0),
        Recording("r", str(corpus / "desk/a.wav"), {}, 0),
    )
    out = tmp_path / "out"
    out.mkdir()
    degrade.run(Spec("degrade", "0", {"chain": [NOISE], "seed": 0}, {}, audio), out)
    assert [path.name for path in out.iterdir()] == ["r.wav"]


def test_a_chain_that_a_recording_cannot_have_names_it(corpus: Path) -> None:
    sf.write(corpus / "desk/a.wav", np.full(4000, 0.1), 4000)
    with pytest.raises(
        MicfpError, match=r"desk/a\.wav: 4000 Hz cannot hold the telephone band.* leave it out$"
    ):
        made(params(TELEPHONE))


def test_a_worker_is_told_what_the_original_is() -> None:
    recording = Recording("r", "/store/degrade/k/r.wav", {}, 0, original="/corpus/a b.wav")
    task = quality_task(params(), (recording,), ())
    task.write_spec()
    assert read_spec(task.step, task.key).audio == (recording,)


def test_specifications_of_before_are_still_read(corpus: Path) -> None:
    task = check_task(params(), (plan_originals(params())[0],))
    task.write_spec()
    file = Path("store/.specs/check") / f"{task.key}.json"
    content = json.loads(file.read_text())
    del content["audio"][0]["original"]
    file.write_text(json.dumps(content))
    assert read_spec("check", task.key).audio[0].original is None


def test_real_recordings(shared_data: Path, tmp_path: Path) -> None:
    paths = sorted((shared_data / "ccnu_mobile").glob("IPHONE6_*.wav"))[:2]
    if not paths:
        pytest.skip("no CCNU_Mobile recordings in the test data")
    audio = tuple(Recording(path.stem, str(path), {}, 0) for path in paths)
    chain = [NOISE, {"kind": "mp3", "kbit_s": 64}, TELEPHONE]
    out = tmp_path / "out"
    out.mkdir()
    degrade.run(Spec("degrade", "0", {"chain": chain, "seed": 42}, {}, audio), out)
    for path in paths:
        copy, rate_hz = sf.read(out / path.name)
        original, _ = sf.read(path, dtype="float32")
        assert rate_hz == 8000
        heard = telephone(original, 32000).samples
        # LAME's tag cannot state a padding of less than 529 samples of 32 kHz: 133 of 8 kHz
        assert 0 <= len(copy) - len(heard) <= 133
        assert np.corrcoef(copy[: len(heard)], heard)[0, 1] > 0.95
