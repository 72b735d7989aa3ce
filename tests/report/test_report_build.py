"""The report: what it says follows from the tables, and it needs nothing from outside."""

import json
import random
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from micfp.errors import MicfpError
from micfp.report.build import REPORT_BYTES, build_report
from micfp.studies.registry import STUDIES

NO_BREAK = "\N{NO-BREAK SPACE}"


class Text(HTMLParser):
    """The words of a page, and every address in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.alt: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        values = dict(attrs)
        self.addresses += [values[n] for n in ("src", "href", "srcset") if values.get(n)]
        if values.get("id"):
            self.ids.append(values["id"])
        if tag == "img":
            self.alt.append(values.get("alt") or "")

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(
            " ".join(self.words).replace(NO_BREAK, " ").replace("\N{WORD JOINER}", "").split()
        )


def page(results) -> Text:
    return Text(build_report(results.write(), STUDIES).read_text(encoding="utf-8"))


def test_the_answer_is_in_the_open(new_results):
    found = page(new_results()).text
    # 186 of 200 = 0.93; 20 of 20 recordings
    assert (
        "named the right device in 186 of 200 segments, 93 % (85–98 %), and with all segments of "
        "a recording together in 20 of 20 recordings, 100 % (84–100 %)"
    ) in found
    assert "lda-ltas-plain was chosen" in found
    assert "Blind guessing would be right in 20 %" in found
    assert "a simulation and no real recordings" in found
    assert "The models know a closed set" in found
    assert "not calibrated" not in found
    assert "0.93 (0.85–0.98)" in found
    assert "lda-ltas-plain (chosen)" in found


def test_the_folds_that_chose_are_named_beside_the_split(new_results):
    """Folds by content on the first day, a test on the second: 0.90 and 0.61 were seen."""
    found = page(new_results()).text
    assert "(0.90) on folds inside the training part (by content, 4 folds). The test" in found
    assert "it is split off by session (tested on day-2). The test asks more than these" in found
    alike = new_results()
    alike.folder = alike.folder.with_name("alike")
    alike.params["split"] = {"kind": "by_content", "test": None, "test_share": 0.2, "folds": None}
    assert "The test asks more" not in page(alike).text


def test_inner_scores_that_differ_do_not_look_equal(new_results):
    results = new_results()
    for row, inner in zip(results.model_rows, (0.361, 0.365), strict=True):
        row["inner"] = inner
    found = page(results).text
    assert "(0.365) on folds inside" in found
    assert "0.361" in found


def test_the_confidence_is_that_of_the_run(new_results):
    results = new_results()
    results.params["evaluation"]["confidence"] = 0.975
    found = page(results).text
    assert "In brackets, here and below: 97.5 % intervals over recordings" in found


def test_cautions_follow_from_the_numbers(new_results):
    results = new_results()
    assert "The interval of the accuracy includes guessing" not in page(results).text
    worse = new_results()
    worse.folder = worse.folder.with_name("worse")
    row = worse.model_rows[1]
    row |= {"accuracy": 0.25, "accuracy_low": 0.19, "accuracy_high": 0.4, "n_recordings": 3}
    row |= {"interval_note": "few recordings: likely too narrow", "warnings": "did not converge"}
    worse.model_rows[0] |= {"shuffled_low": 0.3, "shuffled_high": 0.4}
    worse.quality_rows[0]["flags"] = "clipped, low_snr"
    worse.params["split"] = {"kind": "random", "test": None, "test_share": 0.2, "folds": None}
    found = page(worse).text
    assert "The interval of the accuracy includes guessing" in found
    assert "Only 3 recordings tested" in found
    assert "few recordings: likely too narrow" in found
    assert "svc-thesis-plain stayed above chance, interval and all" in found
    assert "The check flagged 1 of 20 recordings" in found
    assert "Training warned for lda-ltas-plain" in found
    assert "too good for a new recording" in found
    assert "clipped, low SNR" in found


def test_calibration_is_shown(new_results):
    results = new_results()
    row = results.calibration_rows[1]
    row |= {"cross_entropy_before": 1.21, "cross_entropy": 0.37, "outside": 0.05}
    found = page(results).text
    assert "What its probabilities are worth" in found
    assert all(figure in found for figure in ("1.21", "0.37"))
    assert "lie outside of what the chosen model learned" not in found


def test_a_model_that_finds_its_own_test_part_strange(new_results):
    results = new_results()
    results.calibration_rows[1]["outside"] = 0.4
    assert "40 % of the test recordings lie outside of what the chosen model learned, and" in (
        page(results).text
    )


def test_a_model_that_is_not_calibrated_says_so(new_results):
    results = new_results()
    for row in results.calibration_rows:  # as where pieces of a recording lie on both sides
        for name in ("temperature", "n_calibration", "outside", "outside_expected"):
            del row[name]
    assert "The chosen model is not calibrated" in page(results).text


def test_what_the_policy_left_out_is_said(new_results):
    results = new_results()
    results.quality_rows[3] |= {"flags": "unreadable", "error": "an empty file"}
    found = page(results).text
    assert "1 recording has a flag; 1 was left out by the policy, 19 went on" in found
    assert "unreadable, an empty file left out" in found


def test_no_digest_is_shown_in_a_path(new_results):
    results = new_results()
    for number, row in enumerate(results.quality_rows):
        row["path"] = f"/store/bench/{number % 2:032x}/day-1/{number}.wav"
    found = page(results).text
    assert "day-1/7.wav" in found
    assert f"{1:032x}" not in found


def test_what_was_left_out_of_the_folder_is_said(new_results):
    results = new_results()
    results.left_out_rows = [{"file": f"'<{n}>'", "reason": "no sound"} for n in range(6)]
    found = page(results).text
    assert "as no audio: 6 files, '<0>' (no sound), '<1>' (no sound)" in found
    assert "'<4>' (no sound) and 1 more (tables/left_out.csv)" in found


def test_what_the_random_split_hides(new_results):
    found = page(new_results()).text
    # 0.98 - 0.88 for both models; by_session with two folds trains on half
    assert "a difference of +10.0 points" in found
    assert "mean difference is +10.0 points (from +10.0 to +10.0)" in found
    assert "trains on less (50 % against 80 % of the groups)" in found
    results = new_results()
    results.folder = results.folder.with_name("level")
    for row in results.split_rows:
        row["accuracy"] = 0.9
    assert "shows nothing above the other" in page(results).text


def test_a_chosen_model_that_the_random_split_does_not_flatter(new_results):
    results = new_results()
    chosen = results.models[1]
    for row in results.split_rows:  # 0.6 - 0.73 = -13.0; 0.98 - 0.68 = +30.0; mean +8.5
        of_chosen = row["model"] == chosen
        wide, strict = (0.6, 0.73) if of_chosen else (0.98, 0.68)
        row["accuracy"] = wide if row["split"] == "random" else strict
    found = page(results).text
    assert "a difference of \N{MINUS SIGN}13.0 points" in found
    assert "mean difference is +8.5 points" in found
    assert (
        f"For {chosen} the stricter split is no harder here. What the random split shows" in found
    )
    assert "What the random split shows above the other" not in found


def test_what_the_nearest_segment_shares(new_results):
    text = page(new_results()).text
    nearest = "the nearest segment of another recording is of the same device in"
    # 0.07 against 0.2 by chance: follows the content; 0.9 against 0.2: does not
    assert f"By the thesis features, {nearest} 7 %" in text
    assert f"By the ltas features, {nearest} 90 %" in text
    assert text.count("follow the content more than the device") == 1


def test_without_a_second_split_nothing_is_claimed(new_results):
    results = new_results()
    results.split_rows = [row for row in results.split_rows if row["split"] == "random"]
    assert "nothing can be said about what a random split hides" in page(results).text


def test_identical_units_under_each_split(new_results):
    results = new_results()
    sure = {"accuracy": 0.9, "accuracy_low": 0.8, "accuracy_high": 0.95, "recording_accuracy": 1.0}
    results.unit_rows[0] |= sure
    found = page(results).text
    assert "Random, lda-ltas-plain: Neumann KM 184 told apart" in found
    assert "By session, lda-ltas-plain: Neumann KM 184 at chance within its interval" in found
    without = new_results()
    without.folder = without.folder.with_name("without")
    without.unit_rows = []
    assert "No two devices here are of one make and model" in page(without).text


def test_confounds_in_words(new_results):
    results = new_results()
    results.write_confounds({0.0: (0.52, 0.41, 0.63), 1.5: (0.95, 0.9, 0.99)})
    found = page(results).text
    assert (
        "The two Neumann KM 184, lda-ltas-plain: 0 dB apart, at chance within its interval "
        "(0.52 (0.41–0.63), chance 0.50); 1.5 dB apart, told apart (0.95 (0.90–0.99), chance 0.50)."
    ) in found
    assert "0.96 (0.90–0.98) on the bench as it is" in found
    assert "snakemake -j2 confounds makes" not in found
    assert "other parameters" not in found


def test_a_study_of_other_parameters_is_marked(new_results):
    results = new_results()
    results.write_confounds({0.0: (0.52, 0.41, 0.63)})
    results.params["seed"] += 1
    assert "they differ under seed." in page(results).text


def test_the_feature_study_in_words(new_results):
    results = new_results()
    results.write_feature_study(
        {
            ("alone", "mfcc"): (0.8, 0.75, 0.85),
            ("alone", "hnr"): (0.3, 0.2, 0.4),
            ("with mfcc", "ltas"): (0.95, 0.9, 0.99),
            ("with mfcc", "rms"): (0.6, 0.5, 0.7),
            ("with mfcc", "hnr"): (0.82, 0.77, 0.87),
        }
    )
    found = page(results).text
    assert "lr, plain: alone, mfcc is best (0.80 (0.75–0.85))" in found
    assert "ltas help it; rms harm it (the most: ltas, +15.0 points)" in found


def test_the_search_in_words(new_results):
    results = new_results()
    results.write_search()
    found = page(results).text
    assert "3 trials: every trial of the grid." in found
    assert "accuracy 0.88 (0.81–0.94) per segment, 0.95 per recording" in found
    assert "1 of 3 trials could not be fitted" in found
    assert "ValueError: shrinkage" in found
    assert "svc.C 10" in found
    assert "seed: 7" in found
    assert "snakemake -j2 grid tries" not in found


def test_missing_parts_name_the_command(new_results):
    found = page(new_results()).text
    assert "What was not asked here" in found
    for study in STUDIES.values():
        assert f"{study.command} {study.does}." in found


def test_a_study_alone_has_a_report(new_results):
    results = new_results()
    results.write_confounds({0.0: (0.52, 0.41, 0.63)})
    text = Text(build_report(results.folder, STUDIES).read_text()).text
    assert "No classifiers" not in text
    assert "0 dB apart, at chance within its interval" in text


def test_what_was_asked_is_not_among_what_was_not(new_results):
    results = new_results()
    results.write_confounds({0.0: (0.52, 0.41, 0.63)})
    html = build_report(results.folder, STUDIES).read_text()
    assert STUDIES["confounds"].does not in html
    assert STUDIES["grid"].does in html
    assert 'id="search"' not in html  # no empty section


def test_an_empty_folder_has_a_report(tmp_path):
    assert "No classifiers" in build_report(tmp_path, STUDIES).read_text()


def test_names_are_text_and_no_markup(new_results):
    evil = '<script>alert("1")</script>'
    results = new_results(classes=["NA", "007", evil, "a & b", "{{ 7 * 7 }}"])
    results.params["report"]["title"] = evil
    results.unit_rows[0] |= {"make_and_model": evil, "devices": evil}
    results.quality_rows[0] |= {"flags": "unreadable", "error": evil}
    html = build_report(results.write(), STUDIES).read_text()
    found = Text(html)
    assert "<script" not in html
    assert "script" not in found.tags
    assert evil in found.text  # shown as it is
    assert "{{ 7 * 7 }}" in found.text
    assert "007" in found.text
    assert re.search(r"<th scope=\"row\">NA</th>", html)


def test_nothing_comes_from_outside(new_results):
    results = new_results()
    results.write_confounds({0.0: (0.52, 0.41, 0.63)})
    html = build_report(results.write(), STUDIES).read_text()
    found = Text(html)
    assert found.addresses
    for address in found.addresses:
        assert address.startswith(("#", "data:")), address[:60]
    assert "@import" not in html
    assert "url(" not in html
    anchors = {address[1:] for address in found.addresses if address.startswith("#")}
    assert anchors <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))
    # 2 of comparison and report, 3 confusions, roc, splits, curve, map, sheet; 2 of the study
    assert len(found.alt) == 12
    assert all(found.alt)


def test_many_sheets_and_rows_stay_below_the_bound(new_results):
    results = new_results()
    results.pages += [("recordings", f"spectrograms_{n:03d}") for n in range(2, 300)]
    results.quality_rows = [
        results._quality(device, 1, f"{n}") for n in range(500) for device in results.classes
    ]
    folder = results.write()
    noise = random.Random(0).randbytes(300_000)
    for path in folder.glob("figures/spectrograms_*.png"):
        path.write_bytes(path.read_bytes() + noise)
    (folder / "figures" / "spectrograms_299.png").unlink()  # what is linked is not even read
    html = build_report(folder, STUDIES).read_text(encoding="utf-8")
    assert 15_000_000 < len(html.encode()) < REPORT_BYTES == 20_000_000
    found = Text(html)
    linked = [address for address in found.addresses if not address.startswith(("#", "data:"))]
    assert len(linked) + len(found.alt) == len(results.pages)
    assert linked[-1] == "figures/spectrograms_299.png"
    assert "Too much for this file: spectrograms_299.png has it." in found.text
    # what stands open is in it, though it comes later, and so are folds of few figures
    for name in ("splits", "confusion_svc-thesis-plain", "spectrograms_01"):
        assert not any(name in address for address in linked)
    assert "Of 2500 rows the first 2000 are shown" in found.text


def test_the_same_results_give_the_same_bytes(new_results):
    results = new_results()
    folder = results.write()
    first = build_report(folder, STUDIES).read_bytes()
    assert build_report(folder, STUDIES).read_bytes() == first


def test_forty_five_classes_and_seventeen_models(new_results):
    models = [f"m{i:02d}-thesis-plain" for i in range(16)] + ["lda-ltas-plain"]
    results = new_results(classes=[f"Phone {i}" for i in range(45)], models=models)
    found = page(results)
    assert "Phone 44" in found.text
    assert found.tags.count("details") >= 17


def test_segments_are_counted_where_features_are_published(new_results):
    from micfp.tables import write_table

    results = new_results()
    folder = results.write()
    rows = [
        {
            **{n: r[n] for n in ("recording", "device", "session", "content")},
            "start_sample": start,
            "stop_sample": start + 44100,
        }
        for r in results.quality_rows[:4]
        for start in (0, 44100, 88200)
    ]
    (folder / "features").mkdir()
    write_table(pd.DataFrame(rows), folder / "features" / "thesis.parquet")
    found = Text(build_report(folder, STUDIES).read_text()).text
    assert "20 recordings and 12 segments cut from them" in found
    assert "Segments are 1.00 s long" in found
    assert "Shure SM7B 4 360.0 12" in found


def test_damaged_results_are_named(new_results):
    folder = new_results().write()
    (folder / "run.json").write_text("{")
    with pytest.raises(MicfpError, match=r"run\.json: not readable"):
        build_report(folder, STUDIES)
    (folder / "run.json").write_text(json.dumps({"params": {}}))
    with pytest.raises(MicfpError, match=r"run\.json: has no entries"):
        build_report(folder, STUDIES)


@pytest.mark.parametrize("name", ["models", "quality", "pooled"])
def test_a_missing_table_is_named(new_results, name):
    folder = new_results().write()
    (folder / "tables" / f"{name}.csv").unlink()
    with pytest.raises(MicfpError, match=rf"{name}\.csv: missing"):
        build_report(folder, STUDIES)


def test_a_missing_figure_is_named(new_results):
    folder = new_results().write()
    roc = (folder / "figures" / "roc.svg").read_bytes()
    (folder / "figures" / "roc.svg").write_bytes(b"no picture")
    with pytest.raises(MicfpError, match=r"roc\.svg: not an SVG of ours"):
        build_report(folder, STUDIES)
    (folder / "figures" / "roc.svg").unlink()
    with pytest.raises(MicfpError, match=r"roc\.svg"):
        build_report(folder, STUDIES)
    (folder / "figures" / "roc.svg").write_bytes(roc)
    (folder / "figures" / "spectrograms_01.png").write_bytes(b"no picture")
    with pytest.raises(MicfpError, match=r"spectrograms_01\.png: not a PNG"):
        build_report(folder, STUDIES)
