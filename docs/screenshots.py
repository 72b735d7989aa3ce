"""Takes the screenshots of comparing-runs.md: `python docs/screenshots.py EXPERIMENT [FOLDER]`.

Starts `mlflow server` on the mlflow.db of FOLDER (default: this one), opens its pages in a real
Chromium without a window, and writes docs/mlflow-*.png. Needs a logged `snakemake grid` of the
experiment, and `chromium` on the PATH ($CHROMIUM names another).
"""

import argparse
import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from mlflow import MlflowClient

HERE = Path(__file__).parent
WIDTH, HEIGHT = 1440, 760
FILTER = "params.model.classifier = 'knn' AND params.features.families LIKE '%mfcc%'"
COLUMNS = (
    "metrics.`inner`",
    "metrics.`accuracy`",
    "metrics.`recording_accuracy`",
    "metrics.`cost.cpu_s`",
    "params.`knn.n_neighbors`",
    "params.`preparation.scaling`",
    "params.`features.families`",
)
TYPE_INTO_SEARCH = """
const box = document.querySelector('input[placeholder="Search metric charts"]');
Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, TEXT);
box.dispatchEvent(new Event('input', {bubbles: true}));
"""
PATIENCE_S = 180.0


@dataclass(frozen=True)
class Page:
    """A page; a text and an element that are there once the page is; a script to run then."""

    name: str
    address: str
    text: str
    script: str = ""
    element: str = "body"


def main() -> None:
    """Start server and browser, take every picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiment")
    parser.add_argument("folder", nargs="?", type=Path, default=Path())
    asked = parser.parse_args()
    with _server(asked.folder) as address, _browser() as port:
        client = MlflowClient(address)
        number = client.get_experiment_by_name(asked.experiment).experiment_id
        pages = _pages(client, f"{address}/#", asked.experiment, number)
        asyncio.run(_take(port, pages, _settings(number)))


def _settings(number: str) -> str:
    """What a person clicks together once: the columns of the runs, no assistant beside them."""
    stored = {
        "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": "true",
        "mlflow.assistant.panelOpen_v1": "false",
        f'MLflowLocalStorage-1.1-ExperimentPage-["{number}"]-ReactComponentState': json.dumps(
            {
                "searchFilter": FILTER,
                "orderByKey": "metrics.`inner`",
                "orderByAsc": False,
                "startTime": "ALL",
                "lifecycleFilter": "Active",
                "datasetsFilter": [],
                "modelVersionFilter": "All Runs",
                "selectedColumns": COLUMNS,
            }
        ),
    }
    return "".join(
        f"localStorage.setItem({json.dumps(n)}, {json.dumps(v)});" for n, v in stored.items()
    )


def _pages(client: MlflowClient, root: str, experiment: str, number: str) -> list[Page]:
    (search,) = client.search_runs([number], "tags.micfp.address LIKE 'search/%'", max_results=1)
    under = f"tags.mlflow.parentRunId = '{search.info.run_id}'"
    order = ["metrics.inner DESC"]
    (best,) = client.search_runs([number], under, order_by=order, max_results=1)
    compared = client.search_runs([number], f"{under} AND {FILTER}", order_by=order)
    runs = urllib.parse.quote(json.dumps([run.info.run_id for run in compared]))
    numbers = urllib.parse.quote(json.dumps([number]))
    name = experiment.replace("/", "-").replace(":", "-")
    run = f"{root}/experiments/{number}/runs/{best.info.run_id}"
    asked = {"searchFilter": FILTER, "orderByKey": "metrics.`inner`", "orderByAsc": "false"}
    asked |= {"startTime": "ALL", "lifecycleFilter": "Active"}
    table = f"{root}/experiments/{number}/runs?{urllib.parse.urlencode(asked)}"
    outer = TYPE_INTO_SEARCH.replace("TEXT", json.dumps("outer"))
    return [
        Page("runs", table, "matching runs"),
        Page(
            "parallel",
            f"{root}/compare-runs?runs={runs}&experiments={numbers}",
            "Parallel Coordinates",
            element=".js-plotly-plot",
        ),
        Page("run", run, str(best.info.run_name)),
        Page("folds", f"{run}/model-metrics", "balanced_accuracy", outer),
        Page("champion", f"{root}/models/{urllib.parse.quote(name)}", "champion"),
    ]


async def _take(port: int, pages: list[Page], settings: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/json") as answer:
            (tab,) = [t for t in await answer.json() if t["type"] == "page"]
        async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as connection:
            browser = _Tab(connection)
            await browser.call("Page.enable")
            size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
            await browser.call("Emulation.setDeviceMetricsOverride", **size)
            await browser.call("Page.addScriptToEvaluateOnNewDocument", source=settings)
            for page in pages:
                await browser.open(page)
                picture = await browser.call("Page.captureScreenshot", format="png")
                file = HERE / f"mlflow-{page.name}.png"
                file.write_bytes(base64.b64decode(picture["data"]))
                _shrink(file)
                print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


class _Tab:
    """A tab of the browser, spoken to over its debugging socket."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection
        self._calls = 0

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and wait for its answer."""
        self._calls += 1
        await self._connection.send_json({"id": self._calls, "method": method, "params": params})
        while True:
            said = await self._connection.receive_json()
            if said.get("id") == self._calls:
                assert "error" not in said, said
                result: dict[str, Any] = said["result"]
                return result

    async def open(self, page: Page) -> None:
        """Open a page, wait for its text, run its script, and wait until it has come to rest."""
        await self.call("Page.navigate", url="about:blank")
        await self.call("Page.navigate", url=page.address)
        await self._rest(page)
        if page.script:
            await self.evaluate(page.script)
            await self._rest(page)

    async def _rest(self, page: Page) -> None:
        end, before = time.monotonic() + PATIENCE_S, ""
        while True:
            await asyncio.sleep(4)
            shown = (await self.evaluate("document.body ? document.body.innerText : ''")) or ""
            there = await self.evaluate(f"!!document.querySelector({json.dumps(page.element)})")
            if there and page.text in shown and shown == before:
                return
            if time.monotonic() > end:
                sys.exit(f"{page.address}: never came to rest with {page.text!r}")
            before = shown

    async def evaluate(self, script: str) -> Any:
        """The value of a script in the page."""
        found = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")


def _shrink(file: Path) -> None:
    """Few colours are enough for a page, and a third of the bytes."""
    from PIL import Image

    Image.open(file).convert("RGB").quantize(128).save(file, optimize=True)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    port = _free_port()
    command = ["mlflow", "server", "--backend-store-uri", "sqlite:///mlflow.db"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with _started(command, folder):
        address = f"http://127.0.0.1:{port}"
        _wait(f"{address}/health")
        yield address


@contextmanager
def _browser() -> Iterator[int]:
    port = _free_port()
    with tempfile.TemporaryDirectory() as profile:
        command = [os.environ.get("CHROMIUM", "chromium"), "--headless=new", "--no-sandbox"]
        command += [f"--remote-debugging-port={port}", f"--user-data-dir={profile}"]
        command += ["--hide-scrollbars", "about:blank"]
        with _started(command, Path()):
            _wait(f"http://127.0.0.1:{port}/json/version")
            yield port


@contextmanager
def _started(command: list[str], folder: Path) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command, cwd=folder, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        yield
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def _wait(address: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(address, timeout=20).close()
            return
        except OSError:
            if time.monotonic() > end:
                sys.exit(f"{address} does not answer")
            time.sleep(0.3)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
