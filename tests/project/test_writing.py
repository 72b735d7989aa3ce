"""`micfp init` (docs/install.md): a folder in which Snakemake and DVC run, without a clone."""

import sys
from pathlib import Path

import pytest
import yaml
from tiny_pipeline import CHECKOUT, TINY, Place, merge, write_corpus

from micfp import __version__
from micfp.cli import main
from micfp.errors import MicfpError
from micfp.plan.params import Params, load_params
from micfp.project.code import code_here
from micfp.project.writing import NAMES, write_project
from micfp.studies.versioning import dvc_file


def test_a_project_has_the_files_of_the_clone(tmp_path: Path) -> None:
    written = write_project(tmp_path / "new" / "project")
    names = {path.relative_to(tmp_path / "new" / "project").as_posix() for path in written}
    there = {
        file.relative_to(CHECKOUT).as_posix()
        for name in NAMES
        for file in (CHECKOUT / name, *(CHECKOUT / name).rglob("*"))
        if file.is_file()
    }
    assert names == there | {"requirements.txt"}
    assert {"workflow/presets/folder.yaml", "profiles/slurm/config.yaml", ".gitignore"} < names
    for name in names - {"requirements.txt", "dvc.yaml"}:
        copy, own = tmp_path / "new" / "project" / name, CHECKOUT / name
        assert copy.read_bytes() == own.read_bytes()
        assert copy.stat().st_mode == own.stat().st_mode  # of status.sh, which a cluster calls
    assert load_params([tmp_path / "new" / "project" / "params.yaml"]) == Params()


def test_dvc_follows_the_version_where_there_is_no_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert code_here() == "micfp"  # tests run in the clone
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    dvc = yaml.safe_load(Path("dvc.yaml").read_text())
    study = yaml.safe_load(dvc_file("grid"))
    for stage in (*dvc["stages"].values(), *study["stages"].values()):
        assert "micfp" not in stage["deps"]
        assert "requirements.txt" in stage["deps"]
    for path in ("Snakefile", "workflow/rules", "data", "requirements.txt"):
        assert Path(path).exists()
    assert (
        Path("requirements.txt").read_text().splitlines()[-1] == f"micfp[pipeline]=={__version__}"
    )


@pytest.mark.parametrize("name", ["params.yaml", "workflow", "requirements.txt"])
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(MicfpError, match=f"{name}: is there already, and nothing is overwritten"):
        write_project(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_the_command_says_what_it_wrote_and_what_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "my study").mkdir()
    (tmp_path / "my study" / "a.wav").write_bytes(b"")  # what is there already stays
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["micfp", "init", "my study"])
    with pytest.raises(SystemExit, match=r"^0$"):
        main()
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("my study: a project of ")
    assert {"  Snakefile", "  workflow/", "  .gitignore"} <= set(said)
    assert said[said.index("next:") + 1] == "  cd 'my study'"
    assert "  snakemake -j2 all" in said


@pytest.mark.slow
def test_the_pipeline_runs_in_a_project(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    write_project(folder)
    corpus = write_corpus(folder / "data" / "own")
    own = {"corpus": {"root": str(corpus.relative_to(folder))}}
    tiny = merge(yaml.safe_load(TINY.read_text()), own)
    place = Place(folder)
    place.edit(tiny)
    place.make("all")
    assert (folder / "results" / "report.html").stat().st_size > 50_000
    # Of three devices, and a third is chance.
    metrics = yaml.safe_load((folder / "results" / "metrics.json").read_text())
    assert metrics["accuracy"] > 0.5
    git = ("git", "-c", "user.name=test", "-c", "user.email=test@example.org")
    for command in (("git", "init", "-q"), ("dvc", "repro"), (*git, "add", ".")):
        done = place.run(*command)
        assert done.status == 0, done.said
    assert "are up to date" in place.run("dvc", "status").said
    staged = place.run("git", "diff", "--cached", "--name-only").said.split()
    assert {"dvc.lock", "params.yaml", "workflow/rules/plan.smk"} <= set(staged)
    assert not [name for name in staged if name.startswith(("data/own", "results", "work/"))]
    # Another version of micfp is installed, and said: DVC asks Snakemake again.
    pinned = folder / "requirements.txt"
    pinned.write_text(pinned.read_text().replace(__version__, "99.0"))
    assert "requirements.txt" in place.run("dvc", "status").said
