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
    """Some bytes of a file behind a head of our own, as a file."""

    def __init__(self, path: str, start: int, stop: int, head: bytes) -> None:
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        self._head = head
        self._start = start
        self._size = len(head) + max(0, stop - start)
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place}.get(whence, self._size)
        self._place = min(max(0, base + offset), self._size)  # damage asks for any
        return self._place

    def read(self, size: int = -1) -> bytes:
        left = self._size - self._place
        wanted = left if size < 0 else min(size, left)
        content = self._head[self._place : self._place + wanted]
        if not content and wanted:
            self._file.seek(self._start + self._place - len(self._head))
            content = self._file.read(wanted) or b""
        self._place += len(content)
        return content

    def close(self) -> None:
        self._file.close()
        super().close()


@contextmanager
def open_container(
    path: str, start: int = 0, stop: int | None = None, head: bytes = b""
) -> Iterator[Any]:
    """Open the bytes from `start` to `stop`, behind a `head`, as a container with sound.

    Raises MicfpError where FFmpeg knows no sound in it.
    """
    import av

    with _Part(path, start, os.path.getsize(path) if stop is None else stop, head) as file:
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
