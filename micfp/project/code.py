"""Which file says what code the results are of: DVC runs a stage again where it has changed."""

from pathlib import Path

PACKAGE = "micfp"
REQUIREMENTS = "requirements.txt"


def code_here() -> str:
    """The package itself in a clone; in a project, the file that names its version."""
    return PACKAGE if (Path(PACKAGE) / "__init__.py").is_file() else REQUIREMENTS
