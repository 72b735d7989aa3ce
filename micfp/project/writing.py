"""Writes a project, from the files that the wheel holds or from those of the clone."""

import shutil
from pathlib import Path

from micfp import __version__
from micfp.errors import MicfpError
from micfp.project.code import PACKAGE, REQUIREMENTS
from micfp.written import writing_into

NAMES = (
    ".dvc/config",
    ".dvcignore",
    ".gitignore",
    "Snakefile",
    "data/.gitignore",
    "dvc.yaml",
    "params.yaml",
    "profiles",
    "workflow",
)
"""What a project is made of: files and folders at the top of a clone."""
IN_WHEEL = Path(__file__).with_name("files")
IN_CLONE = Path(__file__).parents[2]
CODE_IN_CLONE = f"      - {PACKAGE}\n"
PINNED = f"""\
# What this project was made with. dvc.yaml reads it: say here which version is installed, and
# `dvc repro` asks Snakemake again where that is another one.
micfp[pipeline]=={__version__}
"""


def write_project(folder: Path) -> list[Path]:
    """Write a project, and overwrite nothing.

    Parameters
    ----------
    folder
        Is made where it is not there; may hold other files, such as recordings.

    Returns
    -------
    The files that were written, below the folder.

    Raises
    ------
    MicfpError
        One of them is there already, or the folder cannot be written to.
    """
    source = IN_WHEEL if IN_WHEEL.is_dir() else IN_CLONE
    for name in (*NAMES, REQUIREMENTS):
        if (folder / name).exists():
            raise MicfpError(
                f"{folder / name}: is there already, and nothing is overwritten; "
                "give another folder"
            )
    with writing_into(folder):
        for name in NAMES:
            _copy(source / name, folder / name)
        (folder / REQUIREMENTS).write_text(PINNED, encoding="utf-8")
        _follow_requirements(folder / "dvc.yaml")
    written = [path for name in NAMES for path in (folder / name, *(folder / name).rglob("*"))]
    return [path for path in (*written, folder / REQUIREMENTS) if path.is_file()]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def _follow_requirements(dvc_yaml: Path) -> None:
    """A clone holds the code that DVC looks at; of a project it is the version."""
    text = dvc_yaml.read_text(encoding="utf-8")
    dvc_yaml.write_text(text.replace(CODE_IN_CLONE, f"      - {REQUIREMENTS}\n"), encoding="utf-8")
