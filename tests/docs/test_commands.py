"""Every command of the documents: run, or marked as needing more and checked word by word."""

import ast
import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import soxr
import yaml
from encoded import encode
from fences import CHECKOUT, PLAIN, Fence, fences, inline_commands, words_of
from understood import OTHERS, fault, unknown_option

FENCES = fences()
MARKED = [fence for fence in FENCES if fence.mark]
NOT_RUN = [fence for fence in MARKED if fence.mark and fence.mark["needs"]]
RUN = list(dict.fromkeys(fence.page for fence in FENCES if fence.is_run))
PROGRAMS = ("micfp", "snakemake", "python", "make", *sorted(OTHERS))


def place(fence: Fence) -> str:
    return fence.place


@pytest.mark.parametrize("fence", FENCES, ids=place)
def test_every_fence_says_what_it_is(fence: Fence) -> None:
    assert fence.mark or fence.info in PLAIN, (
        f"{fence.place}: ```{fence.info} is neither a plain language ({', '.join(PLAIN)}) nor "
        'marked: ```sh run, ```sh needs="what is not there", ```sh tested="tests/FILE.py"'
    )


@pytest.mark.parametrize("fence", [f for f in FENCES if f.info == "text"], ids=place)
def test_no_command_hides_in_a_plain_fence(fence: Fence) -> None:
    first = re.match(r"(?:\$ )?([\w-]+) ", fence.text)
    assert not first or first[1] not in PROGRAMS, fence.place


@pytest.mark.parametrize("fence", [f for f in NOT_RUN if f.is_in("sh")], ids=place)
def test_every_command_that_is_not_run_would_be_understood(fence: Fence) -> None:
    commands = list(words_of(fence.text))
    assert commands
    assert {" ".join(words): said for words in commands if (said := fault(words))} == {}


@pytest.mark.parametrize("fence", [f for f in MARKED if f.is_in("python")], ids=place)
def test_every_import_of_a_script_exists(fence: Fence) -> None:
    for node in ast.walk(ast.parse(fence.text)):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(str(node.module))
            for name in node.names:
                there = hasattr(module, name.name)
                assert there or importlib.import_module(f"{node.module}.{name.name}")


@pytest.mark.parametrize("fence", [f for f in MARKED if f.mark and f.mark["test"]], ids=place)
def test_a_fence_that_another_test_runs_is_named_there(fence: Fence) -> None:
    assert fence.mark
    page, said = Path(fence.page), (CHECKOUT / fence.mark["test"]).read_text(encoding="utf-8")
    assert page.name in said or f'"{page.parent.name}"' in said


@pytest.mark.parametrize(("page", "command"), inline_commands("micfp"))
def test_commands_within_sentences_exist(page: str, command: str) -> None:
    for words in words_of(command.replace("`", "")):
        if words[0] == "micfp":
            assert unknown_option(words[1:]) == "", page


@pytest.mark.parametrize("program", ["snakemake", "python", "make"])
def test_scripts_and_targets_within_sentences_exist(program: str) -> None:
    found = {command: page for page, command in inline_commands(program)}
    wrong = {
        (page, command): said
        for command, page in found.items()
        for words in words_of(command)
        if (said := fault(words))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("micfp identfy a.wav", "no such verb"),
        ("micfp identify a.wav --cas x", "No such option"),
        ("micfp verify a.wav", "Missing"),
        ("snakemake -j2 everything", "no such target: everything"),
        ("snakemake -j2 all --configfile params.yaml workflow/presets/no.yaml", "no such file"),
        ("python benchmarks/tables.py no_such", "knows no no_such"),
        ("python benchmarks/no.py", "no such script"),
        ("make everything", "no such target: everything"),
        ("OPENBLAS_NUM_THREADS=1 taskset -c 0 python benchmarks/no.py", "no such script"),
        ("for day in a b; do micfp stimulos $day.wav; done", "no such verb"),
        ("rm -rf x", "nobody checks"),
    ],
)
def test_what_does_not_exist_is_noticed(command: str, said: str) -> None:
    (words,) = words_of(command)
    assert said in fault(words)


@pytest.fixture(scope="session")
def phones(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """Six virtual phones, eight recordings of 10 s each, in folders.

    They play LibriSpeech: voices of espeak-ng are refused.
    """
    folder = tmp_path_factory.mktemp("phones") / "phones"
    spoken = {"fingerprint": {"other_setting": {"speech_from": str(shared_data / "speech")}}}
    params = folder.parent / "params.yaml"
    params.write_text(yaml.safe_dump(spoken))
    command = ["population", str(folder), "--devices", "6", "--which", "other_setting"]
    command += ["--params", str(CHECKOUT / "params.yaml"), "--params", str(params)]
    micfp = [sys.executable, "-c", "import micfp.cli; micfp.cli.main()"]
    subprocess.run([*micfp, *command], check=True, capture_output=True, cwd=folder.parent)
    (folder / "recordings.csv").unlink()  # what a laboratory has are folders alone
    return folder


def prepare(folder: Path, phones: Path) -> None:
    """What the pages speak of, by the names that they use."""
    one, other = sorted(phones.iterdir())[:2]
    for number in (1, 2, 3):
        shutil.copy(one / f"0-{number % 2}.wav", folder / f"a{number}.wav")
    shutil.copy(one / "1-0.wav", folder / "a3.wav")
    for name in ("phone-a.wav", "other.wav"):
        shutil.copy(one / "1-1.wav", folder / name)
    for name, source in (("b1", "0-0"), ("b2", "0-1")):
        _encoded(other / f"{source}.wav", folder / f"{name}.m4a", "aac", "ipod")
    for name in ("note.m4a", "question.m4a"):
        _encoded(one / "1-0.wav", folder / name, "aac", "ipod")
    _encoded(one / "1-0.wav", folder / "note.opus", "libopus", "ogg")
    shutil.copytree(phones, folder / "OWN", copy_function=os.link)
    for phone in (one, other):
        shutil.copytree(phone, folder / "mine" / phone.name, copy_function=os.link)
    for name in ("FOLDER", "folder"):
        shutil.copytree(one, folder / name, copy_function=os.link)
    (folder / "files.csv").write_text("path\na1.wav\nb1.m4a\n", encoding="utf-8")


def _encoded(source: Path, out: Path, codec: str, container: str) -> None:
    samples, rate_hz = sf.read(source, dtype="float32", always_2d=True)
    samples = soxr.resample(samples, rate_hz, 48_000)
    encode(out, np.ascontiguousarray(samples), codec, 48_000, container)


@pytest.mark.parametrize("page", RUN)
def test_commands_run_as_they_stand(page: str, phones: Path, tmp_path: Path) -> None:
    """All of a page in one folder: a later one may use what an earlier one made."""
    prepare(tmp_path, phones)
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT), "PATH": programs}
    for fence in (each for each in FENCES if each.page == page and each.is_run):
        shell = ["bash", "-euo", "pipefail", "-c"] if fence.is_in("sh") else [sys.executable, "-c"]
        done = subprocess.run(
            [*shell, fence.text],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{fence.place}\n{done.stdout}\n{done.stderr}"
