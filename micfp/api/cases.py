"""Cases and their reports: `micfp.open_case`, `micfp.write_report`."""

import os
from contextlib import AbstractContextManager
from pathlib import Path

from micfp.api.enrolling import check_case
from micfp.api.sound import as_path, path_of
from micfp.casework import case_file
from micfp.casework.case_file import Case
from micfp.casework.report import writing
from micfp.errors import MicfpError, shown


def open_case(
    path: str | os.PathLike[str] = case_file.DEFAULT, *, create: bool = False
) -> AbstractContextManager[Case]:
    """Open a case: enrolled devices and a log of all that was asked, in one file.

    Parameters
    ----------
    path
        Its file.
    create
        Begin one where there is none.

    Returns
    -------
    What `with` opens, and closes in the end.

    Raises
    ------
    MicfpError
        There is none; the file is empty, damaged, another program's, another version's, or may not
        be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import micfp
    >>> folder = tempfile.TemporaryDirectory()
    >>> with micfp.open_case(pathlib.Path(folder.name) / "case.micfp", create=True) as case:
    ...     case.devices()
    []
    >>> folder.cleanup()
    """
    return case_file.open_case(as_path(path), create)


def write_report(
    case: Case,
    out: str | os.PathLike[str] = "report.html",
    *,
    pdf: str | os.PathLike[str] | None = None,
    language: str = "en",
    calibration: str | os.PathLike[str] | None = None,
) -> tuple[Path, ...]:
    """Write the report of a case: what was asked, answered and on what it hangs.

    Parameters
    ----------
    case
        An opened one. The same case gives the same bytes.
    out
        HTML file to write.
    pdf
        PDF file to write, too; None: none.
    language
        "en", "de", or a TOML file of words.
    calibration
        File of the calibration by which was answered, as of `micfp.identify`.

    Returns
    -------
    Files that were written.

    Raises
    ------
    MicfpError
        A case that is not what was written; a language that is none; a file that may not be
        written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import micfp
    >>> folder = tempfile.TemporaryDirectory()
    >>> here = pathlib.Path(folder.name)
    >>> with micfp.open_case(here / "case.micfp", create=True) as case:
    ...     written = micfp.write_report(case, here / "report.html")
    >>> [path.name for path in written]
    ['report.html']
    >>> folder.cleanup()
    """
    check_case(case)
    if not isinstance(language, str):
        raise MicfpError(f'language {shown(language)}: give "en", "de", or a TOML file of words')
    return writing.write_report(case, as_path(out), path_of(pdf), language, path_of(calibration))
