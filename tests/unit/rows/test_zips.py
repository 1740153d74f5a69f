"""Zips of files: a row each, and nothing that a zip can be built to do."""

import io
import struct
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import MalformedBody, SamovarError, UnsafeInput
from samovar.rows import ZIP, format_of
from samovar.rows.row import LIMITS, Row, RowLimits, Size
from samovar.types import InputSpec, Kind, ModelSpec

from tests.unit.rows.test_cutting import Pieces, rows_of, said

FILES = ModelSpec("m", input=InputSpec(Kind.BYTES))
PICTURES = ModelSpec("m", input=InputSpec(Kind.IMAGE))
ALL = Size(1000, 1 << 30)


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return made.getvalue()


def only(body: bytes, limits: RowLimits = LIMITS) -> Row:
    (row,) = rows_of(ZIP, body, FILES, ALL, limits)
    return row


def code(row: Row) -> str:
    assert isinstance(row.request, SamovarError), row
    return row.request.code


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}\.png", fullmatch=True), st.binary(max_size=40)),
    st.builds(Size, st.integers(1, 5), st.integers(1, 50)),
)
def test_files_come_back_one_by_one_in_order(files: dict[str, bytes], size: Size) -> None:
    found = rows_of(ZIP, zipped(files), FILES, size)
    assert [row.id for row in found] == list(files)
    assert [row.request.body for row in found] == list(files.values())  # type: ignore[union-attr]  # payloads


def test_a_file_is_of_the_type_that_its_suffix_says() -> None:
    files = {"a.png": b"1", "b.JPG": b"2", "c.thing": b"3"}
    found = rows_of(ZIP, zipped(files), PICTURES, ALL)
    kinds = [row.request.content_type for row in found]  # type: ignore[union-attr]  # payloads
    assert kinds == ["image/png", "image/jpeg", "application/octet-stream"]


def test_folders_and_what_computers_leave_are_no_rows() -> None:
    files = {"d/": b"", "__MACOSX/d/._a.png": b"x", "d/.DS_Store": b"x", "d/a.png": b"y"}
    assert only(zipped(files)).id == "d/a.png"


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "..\\a", "C:\\a", "c:/a", "a\x01b"])
def test_a_name_that_leads_elsewhere_fails_alone(name: str) -> None:
    bad, good = rows_of(ZIP, zipped({name: b"x", "good": b"y"}), FILES, Size(1, 1))
    assert code(bad) == "unsafe_input"
    assert said(good) == ("good", "y")


def test_a_file_whose_bytes_are_damaged_fails_alone() -> None:
    body = zipped({"a": b"one one one", "b": b"two"}, zipfile.ZIP_STORED)
    bad, good = rows_of(ZIP, body.replace(b"one one", b"one ONE", 1), FILES, ALL)
    assert code(bad) == "malformed_body"
    assert said(good) == ("b", "two")


def test_a_file_whose_name_is_no_text_fails_alone() -> None:
    body = bytearray(zipped({"ä": b"one", "b": b"two"}))
    at = body.index("ä".encode())  # in front of the file, where the directory says otherwise
    body[at : at + 2] = b"\xff\xff"
    bad, good = rows_of(ZIP, bytes(body), FILES, ALL)
    assert code(bad) == "malformed_body"
    assert said(good) == ("b", "two")
    at = body.rindex("ä".encode())
    body[at : at + 2] = b"\xff\xff"
    with pytest.raises(MalformedBody):
        format_of(ZIP).cutter(Pieces(bytes(body)), FILES, LIMITS)


def test_a_file_that_is_encrypted_or_packed_otherwise_fails_alone() -> None:
    body = bytearray(zipped({"a": b"one"}))
    body[body.rindex(b"PK\x01\x02") + 8] |= 1
    assert code(only(bytes(body))) == "invalid_input"
    assert code(only(zipped({"a": b"one"}, zipfile.ZIP_LZMA))) == "invalid_input"


def test_a_file_over_the_limit_fails_alone() -> None:
    row = only(zipped({"a": bytes(range(256)) * 10}), RowLimits(entry_bytes=2559))
    assert code(row) == "payload_too_large"


BOMBS = {
    "one that unpacks to far more": (zipped({"a": bytes(5_000_000)}), LIMITS, "times its size"),
    "too many files": (
        zipped({str(number): b"" for number in range(20)}),
        RowLimits(entries=19),
        "20 files",
    ),
    "too much in all": (
        zipped({"a": b"12345", "b": b"67890"}),
        RowLimits(unpacked_bytes=9),
        "unpacks to 10 bytes",
    ),
    "a list that is too long": (
        zipped({"n" * 200: b"x"}),
        RowLimits(directory_bytes=200),
        "the list of files",
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_before_anything_is_unpacked(bomb: str) -> None:
    body, limits, said_of_it = BOMBS[bomb]
    with pytest.raises(UnsafeInput, match=said_of_it):
        format_of(ZIP).cutter(Pieces(body), FILES, limits)


def test_files_that_overlap_are_refused() -> None:
    body = zipped({"a": b"x" * 1000, "b": b"y" * 1000}, zipfile.ZIP_STORED)
    at = body.index(b"PK\x01\x02")
    entry = body[at : body.index(b"PK\x01\x02", at + 4)]
    end = len(body) - 22
    many = (
        body[:at]
        + entry * 5
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 5, 5, len(entry) * 5, at, 0)
    )
    assert end > at
    with pytest.raises(UnsafeInput, match="overlap"):
        format_of(ZIP).cutter(Pieces(many), FILES, LIMITS)


@pytest.mark.parametrize(
    "body",
    [b"", b"PK", b"not a zip at all" * 100, zipped({"a": b"x"})[:-10]],
    ids=["empty", "two-bytes", "text", "cut-at-its-end"],
)
def test_what_is_no_zip_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        format_of(ZIP).cutter(Pieces(body), FILES, LIMITS)


def test_a_zip_that_lost_its_start_loses_the_files_that_were_there() -> None:
    assert code(only(zipped({"a": b"x"})[30:])) == "malformed_body"


def test_a_large_zips_own_end_record_is_read() -> None:
    body = zipped({"a": b"x"})
    at, end = body.index(b"PK\1\2"), len(body) - 22
    size = end - at
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 200_000, 200_000, size, at)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    with pytest.raises(UnsafeInput, match="200000 files"):
        format_of(ZIP).cutter(Pieces(body[:end] + record + locator + body[end:]), FILES, LIMITS)


@given(st.binary(max_size=300), st.integers(0, 400))
def test_a_damaged_zip_raises_nothing_but_refusals(noise: bytes, at: int) -> None:
    good = bytearray(zipped({"a": b"one one one one", "b": b"two"}))
    good[at : at + len(noise)] = noise
    try:
        rows_of(ZIP, bytes(good), FILES, ALL)
    except SamovarError:
        return


def test_a_zip_is_read_in_blocks_and_not_file_by_file() -> None:
    body = zipped({f"{number}.png": bytes(100) for number in range(500)})
    pieces = Pieces(body)
    format_of(ZIP).cutter(pieces, FILES, LIMITS).cut(0, ALL)
    assert pieces.reads < 20
