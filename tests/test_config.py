"""Parameters: the file of defaults, presets as differences, and what is said of a wrong value."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from micfp.errors import MicfpError
from micfp.models.classifiers import ClassifiersConfig
from micfp.models.classifiers.svc import SvcConfig
from micfp.plan.params import Params, load_params, merge, parse_params
from micfp.plan.params_document import render
from micfp.plan.params_file import read_yaml

ROOT = Path(__file__).parents[1]
PRESETS = sorted((ROOT / "workflow" / "presets").glob("*.yaml"))


def nested(key: str, value: Any) -> dict[str, Any]:
    """`{"a": {"b": value}}` of "a.b"."""
    for name in reversed(key.split(".")):
        value = {name: value}
    return value  # type: ignore[no-any-return]


def complaint(key: str, value: Any) -> str:
    """What is said of one difference from params.yaml."""
    with pytest.raises(MicfpError) as caught:
        parse_params(merge(read_yaml(ROOT / "params.yaml"), nested(key, value)), "mine.yaml")
    return str(caught.value)


def test_params_yaml_holds_the_defaults() -> None:
    written = (ROOT / "params.yaml").read_text(encoding="utf-8")
    assert written == render(Params()), (
        "params.yaml differs from the defaults of micfp/config: run"
        "`micfp params --write params.yaml`"
    )
    assert load_params([ROOT / "params.yaml"]) == Params()


def test_what_is_rendered_reads_back() -> None:
    params = parse_params(
        {
            "seed": 7,
            "corpus": {"name": "yes: no # 1", "reader": "folder", "root": "a b/c"},
            "split_comparison": {"random": None, "mine": {"kind": "by_unit", "folds": 3}},
            "segments": {"max_length_s": None},
            "classifiers": {"svc": {"C": 1e-05}},
            "degrade": [{"kind": "telephone"}, {"kind": "noise", "snr_db": 20}],
        }
    )
    assert parse_params(yaml.safe_load(render(params))) == params


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_presets_are_differences_from_params_yaml(preset: Path) -> None:
    params = load_params([ROOT / "params.yaml", preset])
    assert params != Params()
    assert params.report.title != Params().report.title


def test_the_reference_preset_changes_nothing_but_engines_and_names() -> None:
    """The thesis's features and cuts by librosa and pydub; ltas and study, which librosa lacks."""
    preset = ROOT / "workflow" / "presets" / "thesis-reference.yaml"
    params = load_params([ROOT / "params.yaml", preset])
    assert params.segments.silence.engine == "pydub"
    engines = {name: features.engine for name, features in params.features.items()}
    assert engines == {"thesis": "librosa", "ltas": "fast", "study": "fast"}
    changed = {"segments": {"silence": {"engine": "fast"}}}
    changed["features"] = {"thesis": {"engine": "fast"}}
    for section in ("tracking", "report"):
        changed[section] = getattr(Params(), section).model_dump()
    assert parse_params(merge(params.model_dump(mode="json"), changed)) == Params()


def test_there_are_presets() -> None:
    assert {"ccnu_mobile", "folder", "mobiphone", "thesis"} <= {path.stem for path in PRESETS}


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("seeed", "seed"),
        ("classifiers.svc.c", "C"),
        ("classifiers.svm", "svc"),
        ("split.test_shar", "test_share"),
        ("features.ltas.famlies", "families"),
        ("features.bands.famlies", "families"),  # a set may be called like a setting
        ("features.ltas.bands.nbands", "n_bands"),
        ("split_comparison.random.fold", "folds"),
        ("preparations.plain.skaling", "scaling"),
        ("trim.train.start_minutes", "start_minute"),
        ("check.policy.silence", "silent"),
        ("overfitting.shufles", "shuffles"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_right_one(key: str, nearest: str) -> None:
    said = complaint(key, 1)
    assert f"unknown key {key!r}: the nearest right one is {nearest!r}" in said
    assert said.startswith("mine.yaml: ")


def test_an_unknown_key_of_a_degradation_is_told_what_its_own_kind_has() -> None:
    said = complaint("degrade", [{"kind": "telephone"}, {"kind": "noise", "kbit_s": 3}])
    assert "unknown key 'degrade.1.kbit_s': the nearest right one is 'kind'" in said
    assert "degrade.1.snr_db is missing" in said


def test_numbers_of_a_degradation_may_be_text_as_snakemakes_command_line_gives_them() -> None:
    given = [{"kind": "mp3", "kbit_s": "64"}, {"kind": "noise", "snr_db": "20"}]
    assert [one.model_dump() for one in parse_params({"degrade": given}).degrade] == [
        {"kind": "mp3", "kbit_s": 64},
        {"kind": "noise", "snr_db": 20.0},
    ]


def test_an_unknown_key_in_a_list_of_sections() -> None:
    said = complaint("models", [{"featurs": "thesis", "preparation": "plain", "classifiers": []}])
    assert "unknown key 'models.0.featurs': the nearest right one is 'features'" in said
    assert "models.0.features is missing" in said


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("seed", "many", "seed = 'many': "),
        ("seed", -1, "seed = -1: "),
        ("classifiers.svc.C", 0, "classifiers.svc.C = 0: "),
        ("classifiers.svc.gamma", "big", "classifiers.svc.gamma = 'big': "),
        ("segments.method", "vad", "segments.method = 'vad': "),
        ("split.kind", "by_day", "split.kind = 'by_day': "),
        ("corpus.channel", 1.5, "corpus.channel = 1.5: "),
        ("features.ltas.rate_hz", "nativ", "features.ltas.rate_hz = 'nativ': "),
        ("features.thesis.aggregates", ["mean", "maxi"], "features.thesis.aggregates.1 = 'maxi': "),
        ("trim.train.start_minute", "ten", "trim.train.start_minute = 'ten': "),
        ("bench.adc", 3, "bench.adc = 3: "),
        ("degrade", [{"kind": "mp3", "kbit_s": 63}], "degrade.0.kbit_s: 63 is no bit rate "),
        ("degrade", [{"kind": "nois"}], "degrade.0 = {'kind': 'nois'}: Input tag 'nois' "),
        ("degrade", [{"snr_db": 20}], "degrade.0.kind is missing"),
        ("segments.silence.engine", "librosa", "segments.silence.engine = 'librosa': "),
        ("features.ltas.engine", "librosa", "features.ltas: librosa has no function for ltas (it "),
    ],
)
def test_a_wrong_value_is_named_with_its_key(key: str, value: Any, said: str) -> None:
    found = complaint(key, value)
    assert found.startswith(f"mine.yaml: {said}")
    assert found.count(said) == 1  # one sentence, though several types were possible


def test_every_wrong_value_has_a_sentence() -> None:
    with pytest.raises(MicfpError) as caught:
        parse_params({"seed": -1, "shard_mb": 0, "colour": "red"})
    said = str(caught.value)
    assert said.startswith("params.yaml: ")
    assert all(part in said for part in ("seed = -1", "shard_mb = 0", "unknown key 'colour'"))


def test_merging() -> None:
    base = {"a": {"x": 1, "y": [1, 2]}, "b": [1, 2], "c": {"d": 1}, "e": 5}
    difference = {"a": {"y": [3]}, "b": [], "c": None, "e": {"f": 6}}
    before = yaml.safe_dump([base, difference])
    assert merge(base, difference) == {
        "a": {"x": 1, "y": [3]},  # mappings key by key, lists whole
        "b": [],
        "c": None,
        "e": {"f": 6},
    }
    assert yaml.safe_dump([base, difference]) == before


def test_later_files_go_before_earlier_ones(tmp_path: Path) -> None:
    first, second = tmp_path / "1.yaml", tmp_path / "2.yaml"
    first.write_text("seed: 1\nclassifiers: {svc: {C: 2.0, gamma: auto}}\n")
    second.write_text("seed: 2\nclassifiers: {svc: {C: 3.0}}\n")
    params = load_params([first, second])
    assert params.seed == 2
    assert params.classifiers.svc.C == 3.0
    assert params.classifiers.svc.gamma == "auto"


def test_null_takes_a_split_out_of_the_honesty_page() -> None:
    params = parse_params(
        merge(read_yaml(ROOT / "params.yaml"), {"split_comparison": {"by_session": None}})
    )
    shown = [name for name, split in params.split_comparison.items() if split]
    assert shown == ["random", "by_recording", "by_content"]


@pytest.mark.parametrize(
    "split",
    [
        {"kind": "by_content"},
        {"kind": "by_content", "folds": 4, "test_share": 0.2},
        {"kind": "by_session", "folds": 4, "test": ["day-2"]},
        {"kind": "by_session", "folds": 4, "test": ["day-2"], "test_share": 0.5},
    ],
)
def test_a_split_needs_one_amount(split: dict[str, Any]) -> None:
    with pytest.raises(MicfpError, match=r"split: .*exactly one of test, test_share and folds"):
        parse_params({"split": split})


@pytest.mark.parametrize("kind", ["random", "by_recording"])
def test_a_split_without_named_groups_cannot_name_them(kind: str) -> None:
    with pytest.raises(MicfpError, match=f"a {kind} split has not"):
        parse_params({"split": {"kind": kind, "test": ["day-2"]}})


@pytest.mark.parametrize("section", ["features", "preparations"])
def test_a_model_that_names_what_is_not_there(section: str) -> None:
    group = {"features": "thesis", "preparation": "plain", "classifiers": ["lr"]}
    group["features" if section == "features" else "preparation"] = "thesiss"
    with pytest.raises(MicfpError, match=rf"'thesiss', which is not under {section} \(there: "):
        parse_params({"models": [group]})


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['touch ran']",
        "seed: !!python/object/apply:os.system ['touch ran']",
        "corpus: {name: !!python/object/new:pathlib.Path [ran]}",
    ],
)
def test_a_parameter_file_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(text)
    with pytest.raises(MicfpError, match=r"bad\.yaml: not readable as YAML: .*python/object"):
        load_params([Path("bad.yaml")])
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"seed: [1", "not readable as YAML"),
        (b"seed: \xff", "not readable as YAML"),
        (b"- seed", "needs `key: value` lines at its top, not list"),
        (b"seed", "needs `key: value` lines at its top, not str"),
    ],
)
def test_files_that_are_no_parameters(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_bytes(content)
    with pytest.raises(MicfpError) as caught:
        load_params([file])
    assert str(caught.value).startswith(f"{file}: {said}")


def test_files_that_are_not_there_or_empty(tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match=r"none\.yaml: there is no such parameter file"):
        load_params([tmp_path / "none.yaml"])
    with pytest.raises(MicfpError, match="could not be read"):
        load_params([tmp_path])
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    assert load_params([tmp_path / "empty.yaml"]) == Params()


def test_parameters_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Params().seed = 3  # type: ignore[misc]


def test_a_section_with_some_fields_only_gives_no_default_for_another() -> None:
    whole = ClassifiersConfig(svc=SvcConfig(C=3.0))
    part = whole.only(["svc"])
    assert part.svc.C == 3.0
    assert part.model_dump() == {"svc": whole.svc.model_dump()}
    with pytest.raises(AttributeError, match="knn"):
        _ = part.knn
    assert whole.knn.n_neighbors is None  # the whole one is as it was
