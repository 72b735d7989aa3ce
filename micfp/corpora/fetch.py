"""The thesis's recordings from Kaggle, checked and put under DVC.

The download is Kaggle's own client's, which goes on where a broken connection stopped it. All work
happens in a hidden folder beside the target; the target appears whole, by a rename, or not at all.
"""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from micfp.corpora import thesis
from micfp.errors import MicfpError
from micfp.progress import progress

THESIS_DATASET = "victorazzam/microphone-fingerprinting"
"""Name of the data set on Kaggle (thesis, section 4.6): about 4.5 GB to load, 13 GB unpacked."""

CREDENTIALS = (
    "make an API token on kaggle.com (Settings, API) and save it as ~/.kaggle/kaggle.json, or set "
    "KAGGLE_USERNAME and KAGGLE_KEY"
)

ENCRYPTED = 1  # of a ZIP member's flags

Say = Callable[[str], None]


@dataclass(frozen=True)
class Fetched:
    """A corpus that is on disk.

    Attributes: `root`: its folder; `n_recordings`; `dvc_file`: the small file that stands for it in
    git, or None where the folder is in no DVC repository.
    """

    root: Path
    n_recordings: int
    dvc_file: Path | None

    def next_steps(self) -> str:
        """What a person does next, with the commands."""
        if self.dvc_file is None:
            return (
                f"{self.root} is in no DVC repository; to version it: `dvc init` in the project, "
                f"then `dvc add {self.root}`"
            )
        return (
            f"commit {self.dvc_file}; to keep a copy elsewhere: "
            "`dvc remote add --default storage FOLDER` (once), then `dvc push`"
        )


def fetch_thesis(target: Path, *, dataset: str = THESIS_DATASET, say: Say = print) -> Fetched:
    """Download the thesis's corpus to `target`, check its layout and put it under DVC.

    Arguments: `target`: a folder that is not there yet, or empty; `dataset`: `owner/name` on
    Kaggle; `say`: gets a line at each stage, and at the end what to do next.

    Raises MicfpError, and leaves no `target`, where the target is taken, the network or the
    credentials are missing, the archive is damaged, its files are laid out otherwise, or the disk
    is full. Where only `dvc add` fails, the checked corpus stays at `target`.
    """
    if not re.fullmatch(r"[\w-]+/[\w-]+", dataset):
        raise MicfpError(f"{dataset!r} is no Kaggle data set: give it as owner/name")
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise MicfpError(f"{target}: is already there; move it away to fetch it again")
    partial = target.parent / f".{target.name}.partial"
    try:
        partial.mkdir(parents=True, exist_ok=True)
        say(f"downloading {dataset} from Kaggle")
        archive = _download(dataset, partial)
        n_recordings = _unpack_and_check(archive, target, dataset, say)
    except OSError as error:
        raise MicfpError(f"{target}: could not be written ({error.strerror or error})") from None
    say(f"{target}: {n_recordings} recordings, laid out as they should be")
    fetched = Fetched(target, n_recordings, track(target, say))
    say(fetched.next_steps())
    return fetched


def track(folder: Path, say: Say = print) -> Path | None:
    """`dvc add` a folder, and return the `.dvc` file; None where it is in no DVC repository.

    Raises MicfpError with DVC's words where that fails; the folder is not touched then.
    """
    if not any((parent / ".dvc").is_dir() for parent in folder.absolute().parents):
        return None
    say(f"dvc add {folder}")
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "add", folder.name],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        words = " ".join(" ".join(lines or [done.stderr or done.stdout]).split())
        raise MicfpError(f"{folder}: is there and whole, but `dvc add {folder}` failed: {words}")
    return folder.with_name(f"{folder.name}.dvc")


def _download(dataset: str, partial: Path) -> Path:
    """Load a data set's archive into `partial` and return it; what came in stays on failure."""
    import requests

    # The client prints advice for its own command line, and leaves the process without credentials.
    with contextlib.redirect_stdout(io.StringIO()):
        credentials = True
        try:
            from kaggle.api.kaggle_api_extended import KaggleApi

            api = KaggleApi()
            try:
                api.authenticate()
            except SystemExit:
                credentials = False  # Kaggle gives some public data sets to anybody: try
            api.dataset_download_files(dataset, path=str(partial), quiet=not sys.stderr.isatty())
        except requests.HTTPError as error:
            raise MicfpError(_refusal(dataset, error, credentials)) from None
        except requests.RequestException as error:
            hint = "" if credentials else f"; credentials are missing as well: {CREDENTIALS}"
            raise MicfpError(
                f"no connection to Kaggle for {dataset} ({_reason(error)}); run the command again "
                f"when there is one, it goes on where it stopped{hint}"
            ) from None
        except SystemExit:
            raise MicfpError(f"no Kaggle credentials: {CREDENTIALS}") from None
        except ValueError as error:  # the size is not the announced one
            shutil.rmtree(partial)
            raise MicfpError(f"broken download of {dataset} ({error}); run it again") from None
    return partial / f"{dataset.split('/')[1]}.zip"


def _refusal(dataset: str, error: Exception, credentials: bool) -> str:
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if status in (401, 403):
        if credentials:
            return f"Kaggle does not accept the credentials ({status}) for {dataset}: {CREDENTIALS}"
        return f"Kaggle gives {dataset} to users only ({status}), and no credentials are here: " + (
            CREDENTIALS
        )
    if status == 404:
        return f"Kaggle has no data set {dataset} (404); check its name on kaggle.com/datasets"
    return f"Kaggle did not deliver {dataset} ({error}); run the command again later"


def _reason(error: BaseException) -> str:
    """The innermost cause, which is the one a person can read."""
    while error.__context__ is not None:
        error = error.__context__
    return f"{type(error).__name__}: {error}"


def _unpack_and_check(archive: Path, target: Path, dataset: str, say: Say) -> int:
    """Unpack beside the target, check the layout, move into place; number of recordings."""
    unpacked = archive.parent / "unpacked"
    try:
        _unpack(archive, unpacked, dataset, say)
        root = _corpus_root(unpacked)
        try:
            table = thesis.read(root)
        except MicfpError as error:
            where = str(error).replace(str(unpacked), dataset)
            raise MicfpError(f"{dataset} has not the thesis's layout: {where}") from None
        missing = [m.device for m in thesis.MICROPHONES if m.device not in set(table["device"])]
        if missing:
            raise MicfpError(
                f"{dataset} has not the thesis's layout: no recordings of {', '.join(missing)}"
            )
        os.replace(root, target)
        return len(table)
    finally:
        shutil.rmtree(archive.parent, ignore_errors=True)


def _unpack(archive: Path, folder: Path, dataset: str, say: Say) -> None:
    """Unpack a ZIP, each file checked against its checksum."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        with zipfile.ZipFile(archive) as files:
            members = files.infolist()
            if any(member.flag_bits & ENCRYPTED for member in members):
                raise MicfpError(
                    f"{dataset}: its archive is encrypted, and micfp has no password; unpack it "
                    "by hand, and give its folder as corpus.root"
                )
            n_bytes = sum(member.file_size for member in members)
            free = shutil.disk_usage(folder).free
            if n_bytes > free:
                raise MicfpError(
                    f"{dataset}: needs {n_bytes / 1e9:.1f} GB to unpack, and the disk of "
                    f"{folder.parent.parent} has {free / 1e9:.1f} GB left"
                )
            say(f"unpacking {len(members)} files, {n_bytes / 1e9:.1f} GB")
            for member in progress(members, len(members), "unpacking"):
                files.extract(member, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise MicfpError(f"broken download of {dataset} ({error}); run it again") from None


def _corpus_root(folder: Path) -> Path:
    """The folder that holds the dates: archives often have one folder around everything."""
    while True:
        inside = [entry for entry in folder.iterdir() if not entry.name.startswith((".", "__"))]
        only = inside[0] if len(inside) == 1 else None
        if only is None or not only.is_dir() or thesis.is_date(only.name):
            return folder
        folder = only
