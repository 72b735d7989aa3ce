"""Fetching with Kaggle's own client, from a server on this machine that answers as Kaggle does.

The client is told by its own switch to talk to `http://localhost`, and by `http_proxy` that the
way there leads over our server; so it is the real client that sends, checks, resumes and retries.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from micfp.corpora import thesis
from micfp.corpora.fetch import THESIS_DATASET, Fetched, fetch_thesis
from micfp.errors import MicfpError

LAYOUT = tuple(f"{date}/mic-{n}.wav" for date in ("2023-02-09", "2023-02-10") for n in range(1, 6))


def archive(names: tuple[str, ...] = LAYOUT, top: str = "", repeat: int = 100) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as files:
        for name in (*names, "README.md"):
            files.writestr(top + name, f"sound of {name} ".encode() * repeat)
    return buffer.getvalue()


@dataclass
class Kaggle:
    """What the server answers, and what it was asked."""

    body: bytes = b""
    breaks: list[int] = field(default_factory=list)  # bytes at which the next answers break off
    refuse: int | None = None  # HTTP status for everybody
    asked: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)  # ranges of the archive
    proxy: str = ""


@pytest.fixture
def kaggle(monkeypatch, tmp_path_factory) -> Iterator[Kaggle]:
    state = Kaggle()

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # a request that never ends must not hold the tests

        def do_POST(self) -> None:  # the question, answered with the place of the archive
            request = self.rfile.read(int(self.headers["Content-Length"]))
            state.asked.append((self.path, json.loads(request)))
            status = state.refuse or (302 if "Authorization" in self.headers else 401)
            if status != 302:
                self.send_error(status)
                return
            self.send_response(302)
            self.send_header("Location", "http://localhost/storage/archive.zip")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:  # the archive, or the rest of it
            state.loaded.append(self.headers.get("Range", ""))
            start = int(self.headers.get("Range", "bytes=0-")[6:-1])
            self.send_response(206 if start else 200)
            self.send_header("Content-Type", "application/zip")
            self.send_header("Content-Length", str(len(state.body) - start))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("ETag", '"one"')
            self.send_header("Last-Modified", "Fri, 10 Feb 2023 12:00:00 GMT")
            self.end_headers()
            stop = state.breaks.pop(0) if state.breaks else None
            self.wfile.write(state.body[start:stop])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serve = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    serve.start()
    state.proxy = f"http://127.0.0.1:{server.server_port}"
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.upper().startswith("KAGGLE")]:
        monkeypatch.delenv(name)
    for name, value in {
        "HOME": str(home),
        "http_proxy": state.proxy,
        "no_proxy": "",
        "NO_PROXY": "",
        "KAGGLE_CONFIG_DIR": str(home / ".kaggle"),
        "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
        "KAGGLE_USERNAME": "somebody",
        "KAGGLE_KEY": "secret",
    }.items():
        monkeypatch.setenv(name, value)
    from kaggle.api.kaggle_api_extended import KaggleApi

    # Read from the environment at import only, which may have been in another test; and the waits
    # of up to 32 s between tries are left out.
    monkeypatch.setattr(KaggleApi, "args", ["--local"])
    monkeypatch.setattr(KaggleApi, "config", str(home / ".kaggle" / "kaggle.json"))
    client = sys.modules[KaggleApi.__module__]
    monkeypatch.setattr(client, "time", SimpleNamespace(**vars(time) | {"sleep": lambda _: None}))
    yield state
    server.shutdown()
    server.server_close()


def assert_nothing_at(target: Path) -> None:
    assert not target.exists()
    assert not target.with_name(f"{target.name}.dvc").exists()


def test_the_archive_lies_whole_at_the_target(kaggle, tmp_path):
    kaggle.body = archive()
    lines: list[str] = []
    fetched = fetch_thesis(tmp_path / "data" / "thesis", say=lines.append)
    assert fetched == Fetched(tmp_path / "data" / "thesis", 10, None)
    assert len(thesis.read(fetched.root)) == 10  # 2 dates x 5 microphones
    with zipfile.ZipFile(io.BytesIO(kaggle.body)) as files:
        for name in (*LAYOUT, "README.md"):
            assert (fetched.root / name).read_bytes() == files.read(name)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["thesis"]
    ((url, request),) = kaggle.asked
    assert url == "http://localhost/api/v1/datasets.DatasetApiService/DownloadDataset"
    assert (request["ownerSlug"], request["datasetSlug"]) == tuple(THESIS_DATASET.split("/"))
    assert "unpacking 11 files" in " ".join(lines)  # 10 recordings and a README
    assert "to version it: `dvc init`" in lines[-1]


def test_a_folder_around_everything_is_left_out(kaggle, tmp_path):
    kaggle.body = archive(top="Recordings/")
    fetched = fetch_thesis(tmp_path / "thesis", say=lambda _: None)
    assert (fetched.root / LAYOUT[0]).is_file()


def test_a_download_that_breaks_off_goes_on_where_it_stopped(kaggle, tmp_path):
    kaggle.body, kaggle.breaks = archive(repeat=5000), [3 * 2**19]
    fetched = fetch_thesis(tmp_path / "thesis", say=lambda _: None)
    assert fetched.n_recordings == 10
    # The client writes whole MiB: of 1.5 MiB that came in, 1 MiB is kept.
    assert kaggle.loaded == ["", "bytes=1048576-"]


def test_a_connection_that_is_gone_for_good_keeps_what_came_for_the_next_time(kaggle, tmp_path):
    kaggle.body = archive(repeat=5000)
    kaggle.breaks = [3 * 2**19] * 6  # the client tries 6 times
    with pytest.raises(MicfpError, match=r"no connection to Kaggle .*goes on where it stopped"):
        fetch_thesis(tmp_path / "thesis", say=lambda _: None)
    assert_nothing_at(tmp_path / "thesis")
    kaggle.loaded.clear()
    assert fetch_thesis(tmp_path / "thesis", say=lambda _: None).n_recordings == 10
    assert kaggle.loaded == ["", "bytes=1048576-"]
    assert [path.name for path in tmp_path.iterdir()] == ["thesis"]


def bad_checksum() -> bytes:
    return archive().replace(
        b"sound of 2023-02-09/mic-3.wav ", b"Sound of 2023-02-09/mic-3.wav ", 1
    )


def encrypted() -> bytes:
    """Members that say that they are encrypted, in both of their headers."""
    body = archive()
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        parts = body.split(signature)
        for number in range(1, len(parts)):
            part = bytearray(parts[number])
            part[place - 4] |= 1
            parts[number] = bytes(part)
        body = signature.join(parts)
    return body


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (encrypted(), "its archive is encrypted, and micfp has no password; unpack it by hand"),
        (archive()[:-500], f"broken download of {THESIS_DATASET} .*run it again"),
        (bad_checksum(), r"broken download of .*Bad CRC-32 for file '2023-02-09/mic-3\.wav'"),
        (b"<html>please log in</html>", "broken download of .*not a zip file"),
        (
            archive(("train/mic-1.wav",)),
            f"{THESIS_DATASET} has not the thesis's layout: "
            f"{THESIS_DATASET}/.*mic-1\\.wav: does not fit",
        ),
        (archive(LAYOUT[:4]), "has not the thesis's layout: no recordings of RODE NT1-A"),
        (archive(()), "has not the thesis's layout: .*holds no audio file"),
    ],
    ids=["encrypted", "cut", "checksum", "no zip", "layout", "a microphone less", "no audio"],
)
def test_what_is_broken_or_laid_out_otherwise_leaves_nothing(body, message, kaggle, tmp_path):
    kaggle.body = body
    with pytest.raises(MicfpError, match=message):
        fetch_thesis(tmp_path / "thesis", say=lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_without_credentials_the_sentence_says_where_they_go(kaggle, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("KAGGLE_USERNAME")
    monkeypatch.delenv("KAGGLE_KEY")
    with pytest.raises(MicfpError, match=r"no credentials are here: .*kaggle\.json.*KAGGLE_KEY"):
        fetch_thesis(tmp_path / "thesis", say=lambda _: None)
    assert_nothing_at(tmp_path / "thesis")
    assert capsys.readouterr().out == ""  # the client's own advice is about its own commands


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, r"does not accept the credentials \(403\)"),
        (404, r"no data set victorazzam/.* \(404\)"),
        (503, "did not deliver .*503"),
    ],
)
def test_a_refusal_says_why(status, message, kaggle, tmp_path):
    kaggle.refuse = status
    with pytest.raises(MicfpError, match=message):
        fetch_thesis(tmp_path / "thesis", say=lambda _: None)
    assert_nothing_at(tmp_path / "thesis")


def test_without_network_the_sentence_says_so(kaggle, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # nobody listens there
    with pytest.raises(MicfpError, match=r"no connection to Kaggle .*refused"):
        fetch_thesis(tmp_path / "thesis", say=lambda _: None)
    assert_nothing_at(tmp_path / "thesis")


def test_a_target_that_is_taken_stays_as_it_is(kaggle, tmp_path):
    mine = tmp_path / "thesis" / "mine.wav"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(MicfpError, match="thesis: is already there; move it away"):
        fetch_thesis(tmp_path / "thesis", say=lambda _: None)
    assert mine.read_text() == "mine"
    assert kaggle.asked == []


def test_a_full_disk_is_seen_before_unpacking(kaggle, tmp_path, monkeypatch):
    kaggle.body = archive()
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(MicfpError, match=r"needs 0\.0 GB to unpack, and the disk of"):
        fetch_thesis(tmp_path / "thesis", say=lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_no_data_set(tmp_path):
    with pytest.raises(MicfpError, match="'thesis' is no Kaggle data set: give it as owner/name"):
        fetch_thesis(tmp_path / "thesis", dataset="thesis")


def test_in_a_new_process_with_kaggle_json_and_dvc(kaggle, tmp_path, monkeypatch):
    """The whole way as a person goes it: token in a file, corpus under DVC, pushed to a folder."""
    kaggle.body = archive()
    monkeypatch.delenv("KAGGLE_USERNAME")
    monkeypatch.delenv("KAGGLE_KEY")
    token = Path(os.environ["KAGGLE_CONFIG_DIR"]) / "kaggle.json"
    token.parent.mkdir(exist_ok=True)
    token.write_text('{"username": "somebody", "key": "secret"}')
    token.chmod(0o600)
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    subprocess.run(["git", "init", "--quiet"], check=True)
    dvc("init", "--quiet")
    program = (
        "from pathlib import Path; from micfp.corpora.fetch import fetch_thesis; "
        "fetch_thesis(Path('data/thesis'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert "commit data/thesis.dvc" in done.stdout, done.stderr
    assert "nfiles: 11" in Path("data/thesis.dvc").read_text()  # 10 recordings and a README
    # What docs/data.md shows: to a folder, and back where there is neither corpus nor cache.
    dvc("remote", "add", "--quiet", "--default", "storage", str(tmp_path / "remote"))
    dvc("push", "--quiet")
    before = {name: Path("data/thesis", name).read_bytes() for name in LAYOUT}
    shutil.rmtree("data/thesis")
    shutil.rmtree(".dvc/cache")
    dvc("pull", "--quiet")
    assert {name: Path("data/thesis", name).read_bytes() for name in LAYOUT} == before


def dvc(*arguments: str) -> None:
    """DVC's command line, in this process: a new one would take seconds each time."""
    from dvc.cli import main

    assert main(list(arguments)) == 0


def test_where_dvc_fails_the_corpus_stays_and_dvc_is_quoted(kaggle, tmp_path):
    kaggle.body = archive()
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text("this is no configuration")
    with pytest.raises(MicfpError, match=r"is there and whole, but `dvc add .*` failed: .*config"):
        fetch_thesis(tmp_path / "thesis", say=lambda _: None)
    assert len(thesis.read(tmp_path / "thesis")) == 10
