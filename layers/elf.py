"""What a shared library holds beyond that which is ever loaded: symbols for debuggers."""

import struct
from pathlib import Path

_MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little-endian: x86_64 and arm64 both
_HEADER_BYTES = 64
_PROGRAM_HEADERS_AT = 32
_SECTIONS_AT = 40
_SECTION_COUNT_AT = 60
_SEGMENT = struct.Struct("<IIQQQQQQ")  # type, flags, offset, address, physical, in file, in memory…


def trim(path: Path) -> int:
    """Bytes taken off the end of a library: its sections, which the loader does not look at.

    The loader goes by segments alone; what lies behind the last of them is the table of
    sections and what only they name. Cuts nothing from other files.
    """
    data = path.read_bytes()
    if not data.startswith(_MAGIC):
        return 0
    end = _end_of_segments(data)
    kept = bytearray(data[:end])
    struct.pack_into("<Q", kept, _SECTIONS_AT, 0)
    struct.pack_into("<HH", kept, _SECTION_COUNT_AT, 0, 0)  # how many, and which has their names
    path.write_bytes(kept)
    return len(data) - end


def _end_of_segments(data: bytes) -> int:
    (first,) = struct.unpack_from("<Q", data, _PROGRAM_HEADERS_AT)
    size, count = struct.unpack_from("<HH", data, 54)
    end: int = max(_HEADER_BYTES, first + size * count)
    for at in range(first, first + size * count, size):
        _, _, offset, _, _, in_file, _, _ = _SEGMENT.unpack_from(data, at)
        end = max(end, offset + in_file)
    return end
