"""A pack of evidence: files in one archive, the last of which holds the digests of the others; and their check."""

import io
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import IO, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

SUMS = "SHA256SUMS"
"""In the format of `sha256sum --check`."""
PIECE = 1_000_000
"""Bytes that are looked at at a time."""
DAMAGED = (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)
"""What reading an altered archive may end with."""
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]')


def file_name(name: str) -> str:
    """Return a name that every system takes for a file of that folder."""
    return _UNSAFE.sub("_", name).strip(" .") or "_"


def packed(files: Iterable[tuple[str, bytes]], at: datetime) -> Iterator[bytes]:
    """Yield an archive file by file, so that it is never held as a whole; `at` is what its files are dated."""
    sent, sums = _Sent(), []
    with ZipFile(sent, "w", ZIP_DEFLATED) as archive:
        for name, content in files:
            _add(archive, name, content, at)
            sums.append(f"{sha256(content).hexdigest()}  {name}\n")
            yield sent.taken()
        _add(archive, SUMS, "".join(sums).encode(), at)
    yield sent.taken()


def problems(file: IO[bytes]) -> Iterator[tuple[str, str]]:
    """Yield what is not as it was packed: altered, missing, added or doubled, and the name; or that nothing is legible.

    Who alters a file and its digest in the archive is not found: for that, one needs the digest of the whole archive.
    """
    try:
        with ZipFile(file) as archive:
            yield from _differences(archive, _sums(archive))
    except (*DAMAGED, KeyError):
        yield "illegible", SUMS


def _add(archive: ZipFile, name: str, content: bytes, at: datetime) -> None:
    entry = ZipInfo(name, at.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    archive.writestr(entry, content)


def _sums(archive: ZipFile) -> dict[str, str]:
    lines = archive.read(SUMS).decode().splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _differences(archive: ZipFile, sums: dict[str, str]) -> Iterator[tuple[str, str]]:
    found = Counter(name for name in archive.namelist() if name != SUMS)
    for name in sorted(sums.keys() | found.keys()):
        if name not in found:
            yield "missing", name
        elif name not in sums:
            yield "added", name
        elif found[name] > 1:
            yield "doubled", name
        elif _digest(archive, name) != sums[name]:
            yield "altered", name


def _digest(archive: ZipFile, name: str) -> str:
    """Return the digest of a file, nothing if it cannot be read any more."""
    digest = sha256()
    try:
        with archive.open(name) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except DAMAGED:
        return ""
    return digest.hexdigest()


class _Sent(io.RawIOBase):
    """A file that only remembers what has been written since somebody took it."""

    def __init__(self) -> None:
        super().__init__()
        self._open = bytearray()

    def writable(self) -> bool:
        """Say so."""
        return True

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - whatever has bytes
        """Take bytes."""
        self._open += data
        return len(data)

    def taken(self) -> bytes:
        """Return what has been written, and forget it."""
        piece = bytes(self._open)
        self._open.clear()
        return piece
