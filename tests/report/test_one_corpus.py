"""A report is of one corpus: studies of others stand in reports of their own."""

import json

from micfp.report.build import build_report
from micfp.report.shown import show
from micfp.studies.registry import STUDIES


def reports(folder):
    return sorted(path.name for path in (folder / "reports").glob("*.html"))


def test_a_study_of_the_same_corpus_is_in_the_report(new_results):
    results = new_results()
    folder = results.write()
    results.write_feature_study({("alone", "mfcc"): (0.8, 0.75, 0.85)})
    html = build_report(folder, STUDIES).read_text()
    assert 'id="feature-study"' in html
    assert reports(folder) == []


def test_a_study_of_another_corpus_has_its_own(new_results):
    results = new_results()
    results.write_confounds({0.0: (0.52, 0.41, 0.63)})  # of the bench
    results.params["corpus"] |= {"name": "phones", "reader": "folder", "root": "/phones"}
    folder = results.write()
    html = build_report(folder, STUDIES).read_text()
    assert reports(folder) == ["confounds.html"]
    assert 'href="reports/confounds.html"' in html
    assert "0 dB apart" not in html
    other = (folder / "reports" / "confounds.html").read_text()
    assert "0 dB apart" in other
    assert 'id="summary"' not in other
    assert html.count(STUDIES["confounds"].command) == 0  # it was asked


def test_another_bench_is_another_corpus(new_results):
    results = new_results()
    results.write_confounds({0.0: (0.52, 0.41, 0.63)})
    results.params["bench"]["unit_deviation_db"] += 1
    build_report(results.write(), STUDIES)
    assert reports(results.folder) == ["confounds.html"]


def test_a_study_of_corpora_of_its_own(new_results):
    results = new_results()
    folder = results.write()
    results.params["duration"]["corpora"] = {"phones": {}}
    rows = {"corpus": "phones", "way": "one segment", "training_min": 1.0, "test_s": 1.0}
    rows |= {"model": "svc-thesis-plain", "chosen": True, "n_classes": 3, "inner": 0.9}
    build_report(folder, STUDIES)
    assert reports(folder) == []
    folder_of_study = folder / "duration"
    folder_of_study.mkdir()
    content = {"target": "duration", "params": results.params, "entries": {}}
    (folder_of_study / "run.json").write_text(json.dumps(content))
    build_report(folder, STUDIES)
    assert reports(folder) == ["duration.html"]


def test_a_report_that_is_not_asked_for_any_more_is_removed(new_results):
    results = new_results()
    folder = results.write()
    (folder / "reports").mkdir()
    (folder / "reports" / "confounds.html").write_text("old")
    build_report(folder, STUDIES)
    assert reports(folder) == []


def test_snakemake_shows_the_report_that_a_study_stands_in(new_results, tmp_path):
    results = new_results()
    results.write_confounds({0.0: (0.52, 0.41, 0.63)})
    results.params["bench"]["unit_deviation_db"] += 1
    folder = results.write()
    build_report(folder, STUDIES)
    (folder / ".published").mkdir()
    (folder / ".published" / "k").write_text(json.dumps({"target": "confounds", "files": []}))
    shown = show("k", folder, tmp_path / "shown")
    own = (folder / "reports" / "confounds.html").read_bytes()
    assert (shown / "report.html").read_bytes() == own
