"""application/zip: a row for each file in it, whose name is the row's id.

Everything that its directory says is held against limits before any file is unpacked, and
files are unpacked in memory, one at a time: their names are labels and never paths.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

from samovar.codecs.suffixes import media_type
from samovar.errors import (
    InvalidInput,
    MalformedBody,
    PayloadTooLarge,
    SamovarError,
    UnsafeInput,
)
from samovar.rows.row import (
    Cut,
    Cutter,
    Lines,
    Row,
    RowLimits,
    Size,
    Window,
    check_count,
    refusal,
    refused,
)
from samovar.rows.zip_stream import InMemory, WindowStream
from samovar.types import ModelSpec, Payload

_BUFFER = 256 * 1024
_MEGABYTE = 1024 * 1024
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = 20
_TAIL = 65_557  # the longest end record: 22 bytes and a comment
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(ValueError, RuntimeError, OverflowError, IndexError),
)
"""What zipfile raises for one that is damaged; a name that is no text is a ValueError, too."""
_DATE = (1980, 1, 1, 0, 0, 0)  # of every file in a chunk: the same chunk has the same bytes
_SKIPPED = ("__MACOSX/",)
_SKIPPED_NAMES = (".DS_Store", "Thumbs.db")


class Zipped(Lines):
    """A zip of pictures, sounds or other files that the model takes one by one."""

    def cutter(self, window: Window, spec: ModelSpec, limits: RowLimits) -> Cutter:  # noqa: ARG002 - one shape for all formats
        """What cuts the file. Raises MalformedBody, UnsafeInput, PayloadTooLarge."""
        return _ZipCutter(window, limits)

    def rows(self, body: bytes, spec: ModelSpec, limits: RowLimits) -> Sequence[Row]:
        """A row for each file, in the order of the zip's directory."""
        archive = _open(InMemory(body), limits)
        files = _files(archive)
        check_count(len(files), limits)
        return [_row(archive, info, spec, limits) for info in files]


def _row(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, spec: ModelSpec, limits: RowLimits
) -> Row:
    fault = refused(info.comment)
    if fault is not None:
        return Row(fault, info.filename)
    try:
        body = _unpack(archive, info, limits)
    except SamovarError as error:
        return Row(error, info.filename)
    said = media_type(info.filename, spec.input.kind)
    return Row(Payload(body, said), info.filename)


class _ZipCutter:
    """A chunk is a zip of some of the files, unpacked. A place is an index of the directory."""

    def __init__(self, window: Window, limits: RowLimits) -> None:
        self._limits = limits
        self._archive = _open(window, limits)
        self._files = _files(self._archive)

    def cut(self, at: int, size: Size) -> Cut:
        """The files from a place on."""
        made, total, count = io.BytesIO(), 0, 0
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as chunk:
            for info in self._files[at : at + size.rows]:
                if total >= size.bytes:
                    break
                total += self._add(chunk, info)
                count += 1
        done = at + count
        return Cut(made.getvalue(), count, done, last=done >= len(self._files))

    def _add(self, chunk: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
        """One file, or why it is none, into a chunk; its bytes."""
        entry, body = zipfile.ZipInfo(info.filename[:_MAX_NAME], _DATE), b""
        try:
            body = _unpack(self._archive, info, self._limits)
        except SamovarError as error:
            entry.comment = refusal(error)
        chunk.writestr(entry, body)
        return len(body)


_MAX_NAME = 1024


def _open(window: Window, limits: RowLimits) -> zipfile.ZipFile:
    """The archive, once its directory is known to be harmless."""
    _check_directory(window, limits)
    try:
        archive = zipfile.ZipFile(io.BufferedReader(WindowStream(window), _BUFFER))
    except _DAMAGE as error:
        raise MalformedBody(f"the zip is damaged: {error}") from None
    _check_sizes(archive.infolist(), window.size, limits)
    return archive


def _check_directory(window: Window, limits: RowLimits) -> None:
    """What the end of the file says of its directory, which is read whole after this.

    The end is found as zipfile finds it: it must not be another's size that is checked.
    """
    tail = window.read(max(window.size - _TAIL, 0), _TAIL)
    at = len(tail) - _END.size
    if tail[at : at + 4] != b"PK\5\6" or tail[-2:] != b"\0\0":
        at = tail.rfind(b"PK\5\6")  # before a comment
    if at < 0 or len(tail) - at < _END.size:
        raise MalformedBody("the file is no zip, or it is cut: it has no directory at its end")
    *_, entries, size, _, _ = _END.unpack_from(tail, at)
    at64 = at - _LOCATOR64 - _END64.size
    if (
        at64 >= 0
        and tail[at64 : at64 + 4] == b"PK\6\6"
        and tail[at - _LOCATOR64 :][:4] == b"PK\6\7"
    ):
        *_, entries, size, _ = _END64.unpack_from(tail, at64)
    if entries > limits.entries:
        raise UnsafeInput(f"the zip has {entries} files; {limits.entries} at most are taken")
    if size > limits.directory_bytes:
        raise UnsafeInput(f"the list of files of the zip has {size} bytes")


def _check_sizes(infos: Sequence[zipfile.ZipInfo], size: int, limits: RowLimits) -> None:
    if len(infos) > limits.entries:
        raise UnsafeInput(f"the zip has {len(infos)} files; {limits.entries} at most are taken")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > limits.unpacked_bytes:
        raise UnsafeInput(
            f"the zip unpacks to {unpacked} bytes; {limits.unpacked_bytes} at most are taken"
        )
    if sum(info.compress_size for info in infos) > size:
        raise UnsafeInput("files of the zip overlap")
    for info in infos:
        packed = max(info.compress_size, 1)
        if info.file_size > _MEGABYTE and info.file_size > limits.ratio * packed:
            raise UnsafeInput(
                f"{info.filename[:80]!r} unpacks to {info.file_size // packed} times its size; "
                f"{limits.ratio} times at most is taken"
            )


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """What is in it, without folders and what computers leave there by themselves."""
    return [
        info
        for info in archive.infolist()
        if not info.is_dir()
        and not info.filename.startswith(_SKIPPED)
        and info.filename.rpartition("/")[2] not in _SKIPPED_NAMES
    ]


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: RowLimits) -> bytes:
    """A file's bytes. Raises InvalidInput, UnsafeInput, PayloadTooLarge, MalformedBody."""
    name = info.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith("/") or ".." in parts or not name.isprintable() or ":" in parts[0]:
        raise UnsafeInput("the file's name leads out of the zip")
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
        raise InvalidInput("the file is encrypted, or not packed by deflate")
    if info.file_size > limits.entry_bytes:
        raise PayloadTooLarge(f"the file has {info.file_size} bytes; {limits.entry_bytes} at most")
    try:
        return archive.read(info)
    except _DAMAGE as error:
        raise MalformedBody(f"the file is damaged: {error}") from None
