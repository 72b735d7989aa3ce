"""Opens a file, or a part of it, for FFmpeg."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from micfp.audio.refused import reason_for
from micfp.errors import MicfpError

# Demuxers that hold sound in the file itself; playlists, pictures and texts stay closed.
_CONTAINERS = (
    "mov,mp4,matroska,webm,aac,amr,amrnb,amrwb,ogg,mp3,mp2,wav,w64,flac,caf,aiff,au,asf,avi,mpegts,"
    "mpeg,flv,ape,wv,tta,ac3,eac3,dts,rm,voc,tak,mpc,mpc8,oma,spdif,loas,gsm,iff,nut,mxf"
)


class _Part(io.RawIOBase):
    """Some bytes of a file, as a file."""

    def __init__(self, path: str, start: int, stop: int) -> None:
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        self._start, self._stop = start, stop
        self._file.seek(start)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell() - self._start

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: self._start, io.SEEK_CUR: self._file.tell()}.get(whence, self._stop)
        place = min(max(self._start, base + offset), self._stop)  # damage asks for any
        return self._file.seek(place) - self._start

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._stop - self._file.tell())
        return self._file.read(left if size < 0 else min(size, left)) or b""

    def close(self) -> None:
        self._file.close()
        super().close()


@contextmanager
def open_container(path: str, start: int = 0, stop: int | None = None) -> Iterator[Any]:
    """Open the bytes from `start` to `stop` as a container with sound.

    Raises MicfpError where FFmpeg knows no sound in it.
    """
    import av

    with _Part(path, start, os.path.getsize(path) if stop is None else stop) as file:
        try:
            container = av.open(
                file, options={"format_whitelist": _CONTAINERS}, metadata_errors="replace"
            )
        except (av.error.FFmpegError, OSError) as error:
            raise MicfpError(reason_for(path, error.strerror or str(error))) from None
        with container:
            if not container.streams.audio:
                kinds = ", ".join(sorted({s.type for s in container.streams})) or "nothing"
                raise MicfpError(
                    f"{path}: has no audio track (found: {kinds}); give a file with sound"
                )
            yield container
