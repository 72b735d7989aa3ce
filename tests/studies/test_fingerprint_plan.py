"""What judges fingerprints is of nobody that anything was learned from; and what is said if not."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from micfp.bench.draws import generator
from micfp.bench.population import phone, speakers_of, takes
from micfp.config.population import PopulationConfig
from micfp.errors import MicfpError
from micfp.plan.params import Params, load_params, merge, parse_params
from micfp.plan.params_file import read_yaml
from micfp.studies.fingerprint.planning import plan

ROOT = Path(__file__).parents[2]
PRESET = ROOT / "workflow/presets/fingerprint.yaml"
POPULATIONS = ("training", "same_setting", "other_setting", "judged")


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """As LibriSpeech's 140 speakers, a moment each."""
    folder = tmp_path / "speech"
    folder.mkdir()
    for speaker in range(140):
        sf.write(folder / f"{speaker}-1-1.wav", np.full(100, speaker / 200), 16_000)
    return folder


def _params(given: dict[str, Any]) -> Params:
    return parse_params(merge(read_yaml(ROOT / "params.yaml"), given))


def _speaking(speech: Path, **changes: dict[str, Any]) -> Params:
    given: dict[str, Any] = {name: {"speech_from": str(speech)} for name in POPULATIONS}
    return _params({"fingerprint": merge(given, changes)})


def _drawn(config: PopulationConfig, seed: int) -> Iterator[tuple[str, Any]]:
    """Everything that recordings of a population have by chance or from somebody."""
    for take in takes(config, seed):
        yield "speaker", take.speaker
        yield "file", take.speech and take.speech.read_bytes()
        device, session = str(take.device), str(take.session)
        where = (config.name, "all" if config.common_sessions else device, session)
        yield "room", float(generator(seed, "population", "session", *where).random())
        noise = generator(seed, "population", "take", config.name, device, session, str(take.slot))
        yield "noise", float(noise.random())
    for device in range(config.n_devices):
        yield "device", phone(config, seed, device).response_db.tobytes()


@pytest.mark.parametrize("source", ["defaults", "preset"])
def test_judges_share_nothing_with_what_was_learned_from(speech: Path, source: str) -> None:
    params = load_params([ROOT / "params.yaml", *([PRESET] if source == "preset" else [])])
    drawn = {}
    for name in POPULATIONS:
        config: PopulationConfig = getattr(params.fingerprint, name)
        if source == "preset":
            assert config.speech_from == Path("data/speech")
            config = config.model_copy(update={"speech_from": speech})
        drawn[name] = set(_drawn(config, params.seed))
    if params.fingerprint.network:
        config = params.fingerprint.network.population
        assert config.speech_from == Path("data/speech")
        config = config.model_copy(update={"speech_from": speech})
        drawn["network"] = set(_drawn(config, params.seed))
    for name in drawn.keys() - {"judged"}:
        common = drawn[name] & drawn["judged"] - {("file", None)}
        assert not common
    # 200 phones and their rooms of 4 sessions, none twice.
    assert ("network" in drawn) == (source == "preset")
    kinds = [kind for kind, _ in drawn["judged"]]
    assert (kinds.count("device"), kinds.count("room")) == (200, 800)


def test_judges_who_were_learned_from_are_refused(speech: Path) -> None:
    plan(_speaking(speech))
    for changed in (
        {"judged": {"speaker_part": [0, 1]}},
        {"training": {"speaker_part": [0, 1]}},
        {"other_setting": {"speaker_part": [3, 4]}},
        {"network": {"population": {"speech_from": str(speech), "speaker_part": [0, 1]}}},
    ):
        with pytest.raises(MicfpError, match=r"both have the speech of \d+-1-1.wav"):
            plan(_speaking(speech, **changed))
    with pytest.raises(MicfpError, match=r"judged and training both have the speech of en-"):
        plan(_params({"fingerprint": {"judged": {"speaker_part": [0, 2]}}}))


def test_a_network_is_trained_on_a_population_of_its_own(speech: Path) -> None:
    """Of 50 phones, 25 a task; without one the model has the key that it had."""
    own = {"population": {"speech_from": str(speech), "n_devices": 50}, "n_steps": 20}
    without = plan(_speaking(speech))["study"].inputs["fit"][0]
    fitted = plan(_speaking(speech, network=own))["study"].inputs["fit"][0]
    (network,) = fitted.inputs["network"]
    assert network.params["n_steps"] == 20
    assert [one.params["devices"] for one in network.inputs["stretches"]] == [[0, 25], [25, 50]]
    assert "network" not in without.inputs
    assert fitted.key != without.key
    assert fitted.params["trained_on"].endswith("; a network on 50 others; no real phone")
    for wrong, said in (
        ({"name": "judged"}, "populations share a name"),
        ({"name": "training"}, "populations share a name"),
        ({"sessions": 1}, "needs 2 sessions, 2 speakers and take_s of 5 or more"),
        ({"take_s": 4.9}, "needs 2 sessions, 2 speakers and take_s of 5 or more"),
    ):
        with pytest.raises(MicfpError, match=said):
            _speaking(speech, network=merge(own, {"population": wrong}))


def test_a_copy_of_the_folder_makes_no_strangers(speech: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in speech.iterdir():
        (copy / f"other{file.name}").write_bytes(file.read_bytes())
    with pytest.raises(MicfpError, match="both have the speech of other"):
        plan(_speaking(speech, judged={"speech_from": str(copy), "speaker_part": [0, 1]}))


def test_who_speaks_is_part_of_the_key(speech: Path) -> None:
    """Two files that change their names leave the same speech, and other speakers are drawn."""
    params = _speaking(speech)
    before = plan(params)["study"].key
    assert plan(params)["study"].key == before
    judged = speakers_of(params.fingerprint.judged, params.seed)
    one, other = [files[0] for files in judged.values()][:2]
    one.rename(speech / "kept")
    other.rename(one)
    (speech / "kept").rename(other)
    assert plan(params)["study"].key != before


def test_a_missing_or_empty_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("missing", "empty"):
        with pytest.raises(MicfpError, match=rf"{folder}: no recordings"):
            plan(_speaking(tmp_path / folder))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"judged": {"n_devices": 1}}, "judged needs n_devices of 2 or more"),
        ({"same_setting": {"n_devices": 1}}, "same setting needs n_devices of 2 or more"),
        # "Other session" would be another speaker, too; or "other speaker" the same one.
        ({"judged": {"sessions_with_same_speakers": 1}}, "sessions_with_same_speakers of 2"),
        ({"judged": {"sessions_with_same_speakers": 4}}, "sessions_with_same_speakers of 2"),
        ({"training": {"take_s": 1.5}}, r"training.take_s is 1.5: pieces of 1 s"),
        ({"judged": {"speaker_part": [5, 2]}}, r"speaker_part \[5, 2\] needs 0 <= K < N"),
    ],
)
def test_what_could_not_be_fitted_or_judged_is_refused_at_once(
    changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(MicfpError, match=said):
        _params({"fingerprint": changed})


def _steps(speech: Path, ablations: dict[str, Any], **changes: Any) -> Counter[str]:
    """How many results of each step a study with these variants makes."""
    wanted = [plan(_speaking(speech, ablations=ablations, **changes))["study"]]
    found = {}
    while wanted:
        task = wanted.pop()
        if task.key not in found:
            found[task.key] = task.step.removeprefix("fingerprint_")
            wanted += task.needs()
    return Counter(found.values())


def test_variants_share_what_does_not_differ(speech: Path) -> None:
    alone = _steps(speech, {})
    # 500 training phones, 200 that judge and 100 that calibrate, 25 in a task.
    assert (alone["pieces"], alone["takes"], alone["content"], alone["cases"]) == (20, 12, 1, 2)
    # A step of the recipe: fitted once more, the table, and judged with and without it (the model
    # that is published reads the table, too).
    more = _steps(speech, {"no kappa": {"recipe": {"same": {"loud": {"kappa": 0}}}}})
    assert more - alone == {"fit": 1, "judge": 2, "ablation": 1}
    # 50 other phones to train on, whose speech by itself has classes of its own.
    fewer = {"50": {"training": {"n_devices": 50}}}
    assert _steps(speech, fewer) - alone == {
        **{"content": 1, "pieces": 2, "cases": 2, "takes": 8},
        **{"fit": 1, "judge": 2, "ablation": 1},
    }
    described = {"speech_from": str(speech), "speaker_part": [0, 2]}
    shared = _steps(speech, fewer, content=described) - alone
    assert shared == {"pieces": 2, "fit": 1, "judge": 2, "ablation": 1}


def test_a_variant_is_the_model_of_its_own_parameters(speech: Path) -> None:
    """Its fit is the one that a study with these parameters makes."""
    change = {"recipe": {"copies": ["noise"]}, "training": {"processing": {"agc_share": 0}}}

    def fits(params: Params) -> set[str]:
        study = plan(params)["study"]
        table = study.inputs.get("ablation", ())
        judged = [one for task in table for one in task.inputs["judged"]]
        return {one.inputs["fit"][0].key for one in (*judged, study)}

    (own,) = fits(_speaking(speech, **change))
    (as_it_is,) = fits(_speaking(speech))
    assert fits(_speaking(speech, ablations={"x": change})) == {own, as_it_is}


@pytest.mark.parametrize(
    ("differences", "said"),
    [
        ({"judged": {"n_devices": 50}}, "ablations has 'x', which changes judged"),
        ({"lengths_s": [1.0]}, "changes lengths_s"),
        ({"conditions": {}}, "changes conditions"),
        ({"corpora": []}, "changes corpora"),
        ({"ablations": {}}, "changes ablations"),
        # Of what is blended in nothing is seen in a variant.
        ({"share": 0.1}, "changes share"),
        ({"training": {"agc_share": 0}}, r"ablations.x: unknown key 'fingerprint.training.agc_sha"),
        ({"recipe": {"shrinkage": 2}}, r"fingerprint.recipe.shrinkage = 2: Input should be less"),
        ({"training": {"speaker_part": [0, 1]}}, "judged and training both have the speech of"),
        ({"content": {"speech_from": None, "name": "judged"}}, "content and judged share a name"),
    ],
)
def test_variants_that_do_not_compare_are_refused(
    speech: Path, differences: dict[str, Any], said: str
) -> None:
    with pytest.raises(MicfpError, match=said):
        plan(_speaking(speech, ablations={"x": differences}))


def test_the_model_as_it_is_has_no_double(speech: Path) -> None:
    with pytest.raises(MicfpError, match="ablations has 'as it is'"):
        _speaking(speech, ablations={"as it is": {}})


def test_who_described_speech_is_no_judge(speech: Path) -> None:
    described = {"speech_from": str(speech), "speaker_part": [1, 2]}
    with pytest.raises(MicfpError, match="judged and training both have the speech of"):
        plan(_speaking(speech, content=described))
