"""Parameter files of strangers: an answer or one short sentence, soon and in little memory."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from micfp.errors import MicfpError, printable
from micfp.plan.params import Params, load_params, parse_params
from micfp.plan.params_document import render
from micfp.plan.params_file import MOST_ALIASES, MOST_BYTES, MOST_LEVELS, MOST_VALUES, read_yaml

CASES = Path(os.environ.get("MICFP_CASES", Path(__file__).parents[3] / "shared" / "cases"))
LONGEST_SENTENCE = 1000


def refused(text: str | bytes, folder: Path) -> str:
    """What is said of a parameter file; at once, and shortly."""
    file = folder / "mine.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    started_s = time.monotonic()
    with pytest.raises(MicfpError) as caught:
        load_params([file])
    assert time.monotonic() - started_s < 5  # under load; alone well below one second
    said = str(caught.value)
    assert said.startswith(f"{file}: ")
    assert len(said) < LONGEST_SENTENCE + len(str(file))
    assert "\n" not in said
    return said.removeprefix(f"{file}: ")


def bomb(levels: int, width: int = 9) -> str:
    """Lists of lists, each nine times the one before."""
    lines = ["models:", f"- &m0 [{','.join(['x'] * width)}]"]
    lines += [f"- &m{n} [{','.join([f'*m{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/cases")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("date.yaml", "report.title: YAML reads 2023-02-09 as a date; put it in quotes"),
        ("laughs_corpus.yaml", "not readable as YAML: there are more than 20000 values"),
        ("laughs_map.yaml", "not readable as YAML: there are more than 20000 values"),
        ("longint.yaml", "holds a value that is none (Exceeds the limit (4300 digits)"),
        ("seg_inf.yaml", "segments.windows.hop_s: nan is no number from -1e+10 to 1e+10"),
        ("set.yaml", "models: set is no kind of value that parameters have; take it out"),
    ],
)
def test_the_cases(name: str, said: str, tmp_path: Path) -> None:
    assert refused((CASES / "hostile" / "params" / name).read_bytes(), tmp_path).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (bomb(9), f"more than {MOST_VALUES} values"),
        (bomb(30, 2), f"more than {MOST_VALUES} values"),
        (
            "a: &a {x: 1}\n" + "".join(f"b{n}: &b{n} {{<<: [*a, *a]}}\n" for n in range(150)),
            f"more than {MOST_ALIASES} aliases",
        ),
        (
            "m0: &m0 {x: 1, y: 2}\n"
            + "".join(f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}]}}\n" for n in range(1, 30)),
            f"more than {MOST_VALUES} values",
        ),
        ("a: &a [*a]", "is part of itself"),
        ("a: &a {b: {<<: *a}}", "is part of itself"),
        ("features: " + "[" * 100_000, f"more than {MOST_LEVELS} levels"),
        ("features: " + "{a: " * 50_000, f"more than {MOST_LEVELS} levels"),
        ("features:\n  " + "- " * 5000 + "x", f"more than {MOST_LEVELS} levels"),
        ("models: [" + "x," * 30_000 + "]", f"more than {MOST_VALUES} values"),
        ("#" * (MOST_BYTES + 1), f"is larger than {MOST_BYTES} bytes"),
        ("seed: " + "9" * 5000, "is none (Exceeds the limit"),
        ("seed: 0x" + "f" * 5000, "seed: an integer of 20000 bits is no number from"),
        ("seed: 100000000000000000000", "seed: an integer of 67 bits is no number from"),
        ("seed: 4294967296", "seed = 4294967296: Input should be less than 4294967296"),
        ("shard_mb: .inf", "shard_mb: inf is no number from"),
        ("shard_mb: '1e400'", "shard_mb: inf is no number from"),
        ("shard_mb: '1e20'", "shard_mb: 1e+20 is no number from"),
        ("shard_mb: nan", "shard_mb = 'nan': "),
        ("features: {a: {n_fft: 2000000000}}", "features.a.n_fft = 2000000000: "),
        ("features: {a: {rate_hz: 10000000}}", "features.a.rate_hz = 10000000: "),
        ("segments: {windows: {hop_s: 1.0e-9}}", "segments.windows.hop_s = 1e-09: "),
        ("segments: {max_length_s: 1.0e-9}", "segments.max_length_s = 1e-09: "),
        ("split: {test: [2023-02-09]}", "split.test.0: YAML reads 2023-02-09 as a date"),
        ("seed: 2023-02-09 10:00:00", "seed: YAML reads 2023-02-09 10:00:00 as a date"),
        ("seed: 2023-13-45", "holds a value that is none (month must be in 1..12"),
        ("seed: !!binary aGVsbG8=", "seed: bytes is no kind of value"),
        ("seed: !!timestamp never", "holds a value that is none"),
        ("seed: !!bool perhaps", "holds a value that is none"),
        ("seed: !!int ten", "holds a value that is none"),
        ("models: !!set {a, b}", "models: set is no kind of value"),
        ("? [a, b]\n: 1", "not readable as YAML: while constructing a mapping"),
        ("1: 2", "the key 1 is no name"),
        ("features: {null: {}}", "features: the key None is no name"),
        ("corpus: {? 2023-02-09 : 1}", "corpus: the key datetime.date(2023, 2, 9) is no name"),
        (f"{'k' * 300}: 1", "the key 'kkkkk"),
        (f"? {'k' * 30_000}\n: 1", "the key 'kkkkk"),
        (f"seed: {'k' * 30_000}", "seed: 'kkkkk"),
        (f"seed: {'k' * 3000}", "seed = 'kkkkk"),
        ('corpus: {root: "a\\0b"}', "corpus.root: 'a\\x00b' is longer than 4000 characters, or "),
        (f"seed: !!{'t' * 200_000} 1", "not readable as YAML: could not determine a constructor"),
        ("\x1b]0;title\x07", "not readable as YAML"),
        ('"a\\nb\\e[31m": 1', "unknown key 'a\\\\x0ab"),
        (b"seed: \xff", "not readable as YAML: it is not UTF-8 text"),
        (b"\xff\xfes\0e\0e\0d\0", "not readable as YAML"),
        ("".join(f"k{n}: 1\n" for n in range(5000)), "unknown key"),
        ("models: [" + "1," * 5000 + "]", "models.0 = 1: "),
    ],
    ids=lambda text: repr(text[:30]) if len(text) < 200 else f"{text[:12]!r}, {len(text)} long",
)
def test_what_is_refused(text: str | bytes, said: str, tmp_path: Path) -> None:
    found = refused(text, tmp_path)
    if said.startswith("unknown key 'a"):
        assert "\x1b" not in found
    else:
        assert said in found


def test_many_wrong_values_are_counted(tmp_path: Path) -> None:
    said = refused("".join(f"k{n}: 1\n" for n in range(5000)), tmp_path)
    assert said.endswith("; and 4992 more")


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for file in (tmp_path / "pipe.yaml", Path("/dev/zero"), tmp_path):
        with pytest.raises(MicfpError, match="could not be read"):
            load_params([file])
    with pytest.raises(MicfpError, match="could not be read"):
        load_params([Path("a\0b")])


def test_what_snakemake_hands_over_is_looked_at_too() -> None:
    """It has read the files by itself, so that nothing was counted before."""
    shared: list[Any] = ["x"] * 9
    for _ in range(9):
        shared = [shared] * 9
    with pytest.raises(MicfpError, match=r"models.*: there are more than 20000 values"):
        parse_params({"models": shared})
    ring: dict[str, Any] = {}
    ring["features"] = ring
    with pytest.raises(MicfpError, match="more than 20 levels in each other"):
        parse_params(ring)
    with pytest.raises(MicfpError, match=r"report\.title: object is no kind of value"):
        parse_params({"report": {"title": object()}})


def test_anchors_and_merged_mappings_are_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "features:\n  a: &a {families: [mfcc], n_mfcc: 13}\n  b: {<<: *a, n_mfcc: 20}\n  c: *a\n"
        "models: [{features: a, preparation: plain, classifiers: [lr]}]\n"
    )
    read = load_params([file]).features
    assert (read["a"], read["b"].n_mfcc, read["b"].families) == (read["c"], 20, ("mfcc",))


def test_a_byte_order_mark_is_no_part_of_a_key(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(b"\xef\xbb\xbfseed: 7\n")
    assert load_params([tmp_path / "mine.yaml"]).seed == 7


# --- anything -------------------------------------------------------------------------------------

names = st.sampled_from([*Params.model_fields, "kind", "name", "svc", "C", "windows", "n_fft"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | scalars, inner, max_size=4),
    max_leaves=20,
)


def check_sentence(error: MicfpError) -> None:
    assert 0 < len(str(error)) < 5000
    assert printable(error) == str(error)


@settings(max_examples=150, deadline=None)
@given(content=st.dictionaries(names, values, max_size=4))
def test_any_values_give_parameters_or_a_sentence(content: dict[str, Any]) -> None:
    try:
        params = parse_params(content)
    except MicfpError as error:
        check_sentence(error)
    else:
        assert parse_params(yaml.safe_load(render(params))) == params


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_damage_to_params_yaml_gives_parameters_or_a_sentence(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A preset with pieces taken out, doubled, or in the place of others."""
    whole = (Path(__file__).parents[2] / "workflow/presets/attack.yaml").read_bytes()
    place = st.integers(0, len(whole))
    for _ in range(data.draw(st.integers(1, 3))):
        start, stop, target = sorted((data.draw(place), data.draw(place))), 0, data.draw(place)
        piece = data.draw(st.binary(max_size=6) | st.just(whole[slice(*start)][:400]))
        whole = whole[:target] + piece + whole[target + data.draw(st.integers(stop, 40)) :]
    file = tmp_path_factory.mktemp("damaged") / "mine.yaml"
    file.write_bytes(whole)
    try:
        parse_params(read_yaml(file))
    except MicfpError as error:
        check_sentence(error)
