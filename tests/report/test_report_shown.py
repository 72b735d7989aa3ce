"""What is laid out for Snakemake's own report."""

import json

import pytest

from micfp.errors import MicfpError
from micfp.report.build import build_report
from micfp.report.shown import captions, show
from micfp.studies.registry import STUDIES


def publish(folder, key, target="all"):
    build_report(folder, STUDIES)
    (folder / ".published").mkdir(exist_ok=True)
    (folder / ".published" / key).write_text(json.dumps({"target": target, "files": []}))


def test_figures_lie_by_section_with_the_report(new_results, tmp_path):
    results = new_results()
    folder = results.write()
    publish(folder, "k1")
    shown = show("k1", folder, tmp_path / "shown")
    found = {str(path.relative_to(shown)) for path in shown.rglob("*") if path.is_file()}
    assert "report.html" in found
    assert "figures/results/comparison.svg" in found
    assert "figures/over-fitting/learning_svc-thesis-plain.svg" in found
    assert len(found) == len(results.pages) + 1
    said = captions("k1", folder)
    assert said.of("comparison").said.title == "Classifiers compared"
    assert said.of("nothing") is None
    assert len(repr(said)) < 40


def test_a_study_shows_its_own_figures(new_results, tmp_path):
    results = new_results()
    results.write_confounds({0.0: (0.52, 0.41, 0.63)})
    publish(results.folder, "k2", "confounds")
    shown = show("k2", results.folder, tmp_path / "shown")
    assert [path.name for path in sorted((shown / "figures" / "confounds").iterdir())] == [
        "confounds.svg",
        "units_lda-ltas-plain.svg",
    ]


def test_what_runs_that_are_gone_had_gathered_is_removed(new_results, tmp_path):
    folder = new_results().write()
    publish(folder, "old")
    publish(folder, "study", "all")
    show("old", folder, tmp_path / "shown")
    show("study", folder, tmp_path / "shown")
    (folder / ".published" / "old").unlink()
    publish(folder, "new")
    show("new", folder, tmp_path / "shown")
    show("new", folder, tmp_path / "shown")
    assert {path.name for path in (tmp_path / "shown").iterdir()} == {"study", "new"}


def test_an_unknown_run_is_named(tmp_path):
    with pytest.raises(MicfpError, match="nothing is published under k9"):
        show("k9", tmp_path, tmp_path / "shown")
    assert captions("k9", tmp_path).figures == {}


def test_figures_of_another_version_are_named(new_results):
    folder = new_results().write()
    (folder / "figures" / "figures.json").write_text('[{"name": "roc", "title": "ROC curves"}]')
    with pytest.raises(MicfpError, match=r"figures\.json: has no 'file'; run snakemake again"):
        build_report(folder, STUDIES)
