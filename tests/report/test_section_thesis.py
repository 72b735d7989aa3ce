"""The thesis's figures beside ours."""

from test_report_build import page

from micfp.report import thesis
from micfp.report.section_thesis import beside_the_thesis


def test_the_thesis_stands_beside_it_only_where_asked(new_results):
    results = new_results()
    assert "Beside the thesis" not in page(results).text
    asked = new_results()
    asked.folder = asked.folder.with_name("asked")
    asked.params["report"]["thesis_figures"] = True
    random = next(r for r in asked.split_rows if r["split"] == "random")
    random |= {"f1_weighted": 0.97, "f1_weighted_low": 0.9, "f1_weighted_high": 0.98}
    found = page(asked).text
    expected = "Fig. 5A, support vector classifier svc-thesis-plain 0.85 0.50 (0.40–0.60)"
    assert f"{expected} 0.97 (0.90–0.98)" in found
    assert "Fig. 5B, nearest neighbours not in this run 0.79" in found
    # Fig. 5I: 0.44 of the first KM 184; ours: 4 of 40 named as the class before it, MB 7 Beta
    assert "1st Neumann KM 184 0.02 / 0.00 0.00 / 0.10 0.54 / 0.90 0.44 / 0.00 0.00 / 0.00" in found
    assert "NT1-A – / 0.00 – / 0.00 – / 0.00 – / 0.10 0.95 / 0.90" in found
    assert "0.96 / 0.75" in found


def test_the_thesis_on_other_classes(new_results):
    results = new_results(classes=["a", "b"])
    results.params["report"]["thesis_figures"] = True
    assert "1.00 / –" in page(results).text


def test_the_thesis_data_is_whole():
    assert [figure for figure, _, _ in thesis.WEIGHTED_F1] == [f"5{c}" for c in "ABCDEFGH"]
    assert sum(values[3] for values in thesis.REPORT.values()) == thesis.TEST_SEGMENTS
    for precision, recall, f1, _ in thesis.REPORT.values():
        # Means over eight classifiers: F1 of the means is near, but not the mean of the F1.
        assert abs(2 * precision * recall / (precision + recall) - f1) < 0.03
    assert callable(beside_the_thesis)
