"""`micfp cluster`: real phones in groups, in any order; what cannot be decided; what is kept."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from micfp.casework.cluster import kept as kept_module
from micfp.casework.cluster.clustering import Clustering, cluster
from micfp.casework.cluster.output import FIGURE, TABLE
from micfp.cli import main
from micfp.errors import MicfpError
from micfp.fingerprint.weighed import listening
from micfp.fingerprint.weighed.weighing import load_weighing
from tests.casework.made_up import RATE_HZ, voice

PHONES = ("IPHONEX", "huawei_p20", "SAMSUNG_S8", "nubia_Z11")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings of three phones, one of a fourth, silence, a copy of a file, and no audio."""
    out = tmp_path_factory.mktemp("asked")
    for phone in PHONES:
        for number in (1, 2)[: 1 if phone == PHONES[-1] else 2]:
            shutil.copy(shared_data / "ccnu_mobile" / f"{phone}_{number}.wav", out)
    shutil.copy(out / f"{PHONES[0]}_1.wav", out / "copy.wav")
    noise = np.random.default_rng(0).normal(0, 1e-3, 3 * RATE_HZ)
    sf.write(out / "steady.wav", noise, RATE_HZ)
    (out / "words.wav").write_text("no audio")
    return out


@pytest.fixture
def micfp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["micfp", *map(str, words)])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def by_name(lines: str) -> dict[str, dict[str, Any]]:
    records = [json.loads(line) for line in lines.splitlines()]
    return {Path(one["path"]).name: one for one in records}


def test_real_phones_are_grouped_for_a_program_and_for_a_person(micfp: Run, folder: Path) -> None:
    status, out, _ = micfp("cluster", folder, "--json", "--kept", "kept", "--out", "out")
    assert status == 0
    said = by_name(out)
    assert all(list(one) == ["path", "cluster", "refused", "warnings"] for one in said.values())
    number = {name: one["cluster"] for name, one in said.items()}
    assert number["steady.wav"] is number["words.wav"] is None
    assert "silence, steady sound, or too little speech" in said["steady.wav"]["refused"]
    assert said["words.wav"]["refused"].startswith(str(folder / "words.wav"))
    # Four phones, the one with one recording last; the copy is with what it is a copy of.
    for phone in PHONES[:-1]:
        assert number[f"{phone}_1.wav"] == number[f"{phone}_2.wav"]
    assert sorted({number[f"{phone}_1.wav"] for phone in PHONES}) == [1, 2, 3, 4]
    assert number[f"{PHONES[-1]}_1.wav"] == 4
    copied = said[f"{PHONES[0]}_1.wav"]  # sorted by path: copy.wav comes later
    assert copied["cluster"] == number["copy.wav"]
    assert "is the same file as" in said["copy.wav"]["warnings"][-1]
    assert copied["refused"] is None
    table = Path("out", TABLE).read_text().splitlines()
    assert len(table) == 1 + len(said)
    assert Path("out", FIGURE).stat().st_size > 5000

    status, out, _ = micfp("cluster", folder, "--kept", "kept")
    assert status == 0
    assert out.startswith("8 recordings: 4 groups, each of devices of one model; how many units")
    assert "cannot be decided: 2 recordings" in out
    assert "prior odds 0.06" in out
    assert "recordings of two groups may be of one device all the same" in out
    assert "it was not said whether recordings are of one sitting" in out


def test_files_in_another_order_have_the_same_numbers(folder: Path, tmp_path: Path) -> None:
    weighing, kept = load_weighing("any"), tmp_path / "kept"
    paths = sorted(folder.iterdir())
    expected = numbers(cluster(paths, weighing, kept=kept))
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(paths))
        assert numbers(cluster([paths[k] for k in order], weighing, kept=kept)) == expected


def numbers(found: Clustering) -> dict[str, int | None]:
    return {one.path: one.cluster for one in found.recordings}


def test_what_is_kept_is_not_listened_to_again(
    micfp: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(3):
        sf.write(f"{seed}.wav", voice(seed=seed), RATE_HZ)
    first = by_name(micfp("cluster", tmp_path, "--json", "--kept", "kept")[1])
    lines = Path("kept").read_bytes().splitlines(keepends=True)
    assert len(lines) == 3
    Path("kept").write_bytes(b"".join(lines[:2]) + lines[2][:500])  # killed in the third line
    Path("0.wav").rename("moved.wav")
    heard: list[str] = []
    listen = listening.listen
    monkeypatch.setattr(
        listening, "listen", lambda path, *a, **k: heard.append(path.name) or listen(path, *a, **k)
    )
    monkeypatch.setattr(listening, "isolated", lambda function, paths: map(function, paths))
    again = by_name(micfp("cluster", tmp_path, "--json", "--kept", "kept")[1])
    assert len(heard) == 1
    assert [one["cluster"] for one in again.values()] == [
        first[name.replace("moved", "0")]["cluster"] for name in again
    ]
    assert len([one for one in Path("kept").read_bytes().splitlines() if one]) == 4
    micfp("cluster", tmp_path, "--json", "--kept", "kept")
    assert len(heard) == 1
    micfp("cluster", tmp_path, "--json", "--kept", "kept", "--channel", "0")
    assert len(heard) == 4  # another channel is another fingerprint


def test_a_file_that_keeps_something_else_is_named(tmp_path: Path) -> None:
    weighing = load_weighing("any")
    other = tmp_path / "other.json"
    other.write_text('{"a": 1}\n')
    with pytest.raises(MicfpError, match=r"other\.json: is no file of kept fingerprints"):
        cluster([], weighing, kept=other)
    sf.write(tmp_path / "a.wav", voice(), RATE_HZ)
    cluster([tmp_path / "a.wav"], weighing, kept=tmp_path / "kept")
    record = json.loads((tmp_path / "kept").read_text())
    (tmp_path / "kept").write_text(json.dumps(record | {"vectors": "AAAA"}) + "\n")
    with pytest.raises(MicfpError, match="kept: is no file of kept fingerprints"):
        cluster([tmp_path / "a.wav"], weighing, kept=tmp_path / "kept")
    assert kept_module.Kept(None, "0" * 64, "mean", None).get("1" * 64, other) is None


def test_alone_nothing_can_be_decided(micfp: Run) -> None:
    sf.write("a.wav", voice(), RATE_HZ)
    status, out, err = micfp("cluster", "a.wav", "--json", "--out", "out")
    assert status == 3
    (said,) = by_name(out).values()
    assert said["cluster"] is None
    assert "every other recording have too little in common" in said["refused"]
    assert "no dendrogram" in err
    for odds in ("0", "1", "nan"):
        assert micfp("cluster", "a.wav", "--prior-odds", odds)[0] == 2
