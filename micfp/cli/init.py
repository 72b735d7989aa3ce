"""A project of one's own: `micfp init`."""

from pathlib import Path
from typing import Annotated

import typer

from micfp.errors import printable

NEXT = """\
next:
  cd {folder}
  # five simulated microphones, in minutes: see results/report.html
  snakemake -j2 all
  # your own recordings, FOLDER/DEVICE/FILE
  snakemake -j2 all --configfile params.yaml workflow/presets/folder.yaml \\
      --config corpus='{{"root": "FOLDER"}}'
  # the same as the first, with its results versioned
  git init && dvc repro"""


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to write it in; is made if need be.")],
) -> None:
    """Write a project for the pipeline: Snakefile, parameters, presets, DVC file, profiles.

    Nothing is overwritten.
    """
    import shlex
    from importlib.util import find_spec

    from micfp.project.writing import write_project

    written = write_project(folder)
    print(printable(f"{folder}: a project of {len(written)} files"))
    for name in sorted({path.relative_to(folder).parts[0] for path in written}):
        print(f"  {name}{'/' if (folder / name).is_dir() else ''}")
    if find_spec("snakemake") is None:
        print("the pipeline needs snakemake: pip install 'micfp[pipeline]'")
    print(NEXT.format(folder=shlex.quote(printable(folder))))
