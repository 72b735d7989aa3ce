"""The boundary of the audio package: what a decoder raises becomes one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from micfp.errors import MicfpError


@contextmanager
def as_sentences(path: str | Path) -> Iterator[None]:
    """Turn whatever a decoder raises inside the block into one sentence with the file.

    Decoders raise nearly anything on damaged files (AttributeError for a stream without decoder,
    OSError for a seek before the beginning, struct.error...). What the consumer of a generator
    raises does not pass through here.
    """
    try:
        yield
    except (MicfpError, GeneratorExit, NameError):  # a NameError is our own
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:100]
        raise MicfpError(
            f"{path}: damaged, or of a form that cannot be decoded ({type(error).__name__}"
            f"{': ' if said else ''}{said}); copy it again, or convert it to WAV"
        ) from error
