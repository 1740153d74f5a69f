"""Files of rows, cut: every row once, in order, whatever the chunks; the right ends of records."""

import csv
import io

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from samovar.errors import (
    DuplicateName,
    InvalidInput,
    MalformedBody,
    MissingTensor,
    PayloadTooLarge,
    SamovarError,
    UnsupportedMediaType,
    WrongDatatype,
    WrongShape,
)
from samovar.rows import CSV, JSONL, NPY, check_kind, format_of, suffix_type
from samovar.rows.row import LIMITS, Row, RowLimits, Size
from samovar.types import InputSpec, Kind, ModelSpec

ROW = ModelSpec("m", input=InputSpec(Kind.ROWS, ("a", "b")))
LOOSE = ModelSpec("m", input=InputSpec(Kind.ROWS))
TEXT = ModelSpec("m", input=InputSpec(Kind.TEXT))
TENSOR = ModelSpec("m")


class Pieces:
    """A file that is given in pieces as small as may be."""

    def __init__(self, body: bytes, most: int = 1 << 30) -> None:
        self.body, self.most, self.reads = body, most, 0

    @property
    def size(self) -> int:
        return len(self.body)

    def read(self, start: int, length: int) -> bytes:
        self.reads += 1
        return self.body[start : start + length]


def rows_of(
    kind: str, body: bytes, spec: ModelSpec, size: Size, limits: RowLimits = LIMITS
) -> list[Row]:
    """The rows of all chunks of a file, each as many as its chunk says."""
    cutter = format_of(kind).cutter(Pieces(body), spec, limits)
    found: list[Row] = []
    at, last = 0, False
    while not last:
        cut = cutter.cut(at, size)
        assert cut == cutter.cut(at, size)
        rows = format_of(kind).rows(cut.body, spec, limits) if cut.rows else []
        assert len(rows) == cut.rows <= size.rows
        assert cut.next > at or cut.last
        found += rows
        at, last = cut.next, cut.last
    return found


def said(row: Row) -> tuple[str, str]:
    """A row in a form that can be compared."""
    if isinstance(row.request, SamovarError):
        return row.id, row.request.code
    return row.id, row.request.body.decode("utf-8", "replace")


sizes = st.builds(Size, st.integers(1, 7), st.integers(1, 60))


@given(
    st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=12),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    sizes,
)
def test_what_pythons_csv_writes_comes_back_row_by_row(
    rows: list[list[str]], end: str, cut_short: bool, size: Size
) -> None:
    text = io.StringIO()
    written = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    written.writerow(["text", "id"])
    written.writerows(rows)
    body = text.getvalue().encode()
    body = body.removesuffix(end.encode()) if cut_short and rows else body
    found = rows_of(CSV, body, TEXT, size)
    assert [said(row)[0] for row in found] == [one[1] for one in rows]
    assert len(found) == len(rows)


broken = st.text(st.sampled_from('ab",\r\n\ufeff'), max_size=60)


@settings(max_examples=300)
@given(broken, sizes)
def test_a_csv_of_any_characters_has_the_same_rows_in_chunks_of_any_size(
    text: str, size: Size
) -> None:
    body = b"x,y\n" + text.encode()
    limits = RowLimits(row_bytes=25)
    whole = [said(row) for row in rows_of(CSV, body, LOOSE, Size(10_000, 1 << 20), limits)]
    assert [said(row) for row in rows_of(CSV, body, LOOSE, size, limits)] == whole


@given(st.lists(st.binary(max_size=12), max_size=15), sizes, st.booleans())
@example(lines=[b"", b"\xef\xbb\xbf"], size=Size(1, 1), bom=False)
def test_lines_of_any_bytes_have_the_same_rows_in_chunks_of_any_size(
    lines: list[bytes], size: Size, bom: bool
) -> None:
    body = (b"\xef\xbb\xbf" if bom else b"") + b"\n".join(lines)
    limits = RowLimits(row_bytes=10)
    found = rows_of(JSONL, body, TEXT, size, limits)
    assert found or not body.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n")
    whole = rows_of(JSONL, body, TEXT, Size(10_000, 1 << 20), limits)
    assert [said(row) for row in found] == [said(row) for row in whole]


def test_quoted_line_breaks_commas_and_quotes_are_within_their_cell() -> None:
    body = b'a,b\r\n1,"x\r\ny, ""z"""\r\n"2\n",3\r\n5" disk,4'
    found = [said(row)[1] for row in rows_of(CSV, body, ROW, Size(1, 1))]
    assert found == [
        '{"row":{"a":1,"b":"x\\r\\ny, \\"z\\""}}',
        '{"row":{"a":2,"b":3}}',
        '{"row":{"a":"5\\" disk","b":4}}',
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    body = b"\xef\xbb\xbfa,b\r\n1,2\r\n"
    assert [said(row)[1] for row in rows_of(CSV, body, ROW, Size(9, 99))] == [
        '{"row":{"a":1,"b":2}}'
    ]


@pytest.mark.parametrize(
    "bad",
    [b'1,"never closed', b'1,"x"y', b"1", b"1,2,3", b"1,\xff", b'"', b'1,""x'],
    ids=repr,
)
@pytest.mark.parametrize("size", [Size(1, 1), Size(100, 1 << 20)], ids=["ones", "all"])
def test_a_malformed_row_fails_alone(bad: bytes, size: Size) -> None:
    body = b"a,b\n1,2\n" + bad + b'\n3,"4"\n5,6'
    found = [said(row)[1] for row in rows_of(CSV, body, ROW, size)]
    assert found == [
        '{"row":{"a":1,"b":2}}',
        "malformed_body",
        '{"row":{"a":3,"b":4}}',
        '{"row":{"a":5,"b":6}}',
    ]


@pytest.mark.parametrize("kind", [CSV, JSONL])
def test_a_line_over_the_limit_fails_alone_and_is_not_held(kind: str) -> None:
    head = b"text\n" if kind == CSV else b""
    body = head + b"first\n" + b"x" * 5_000_000 + b"\nlast"
    found = rows_of(kind, body, TEXT, Size(100, 1 << 20), RowLimits(row_bytes=1000))
    assert [said(row)[1] for row in found][1] == "payload_too_large"
    assert len(found) == 3
    assert "more than 1000 bytes" in found[1].request.message  # type: ignore[union-attr]  # an error


def test_an_id_is_the_rows_own_and_not_the_models() -> None:
    lines = b'{"id": "one", "text": "x"}\n{"id": 2, "text": "y"}\n{"text": "the \\"id\\" of z"}'
    assert [said(row) for row in rows_of(JSONL, lines, TEXT, Size(9, 999))] == [
        ("one", '{"text":"x"}'),
        ("2", '{"text":"y"}'),
        ("", '{"text": "the \\"id\\" of z"}'),
    ]
    own = ModelSpec("m", input=InputSpec(Kind.ROWS, ("id",)))
    assert [said(row) for row in rows_of(CSV, b"id\n7", own, Size(9, 999))] == [
        ("", '{"row":{"id":7}}')
    ]


@pytest.mark.parametrize("line", [b'{"id": [1], "text": "x"}', b'["id"]', b'{"id": "a", "id": 1}'])
def test_an_id_that_is_none_fails_its_row(line: bytes) -> None:
    (row,) = rows_of(JSONL, line, TEXT, Size(9, 999))
    assert isinstance(row.request, InvalidInput)


HEADERS = {
    "nothing": (b"\n\n", MalformedBody, "must name the columns"),
    "a column without a name": (b"a,,b\n", MalformedBody, "column 2 of the CSV has no name"),
    "a column twice": (b"a,b, a\n", DuplicateName, "two columns 'a'"),
    "a column that is missing": (b"a,c\n1,2", MissingTensor, "lacks the column 'b'"),
    "another alphabet": ("a,b\n".encode("utf-16"), MalformedBody, "not UTF-8"),
    "a quote": (b'a,"b\n1,2\n', MalformedBody, "not CSV"),
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_that_is_wrong_is_the_whole_files_fault(header: str) -> None:
    body, error, said_of_it = HEADERS[header]
    with pytest.raises(error, match=said_of_it):
        format_of(CSV).cutter(Pieces(body), ROW, LIMITS)


def test_a_header_without_an_end_is_refused() -> None:
    with pytest.raises(PayloadTooLarge, match="header"):
        format_of(CSV).cutter(Pieces(b"a" * 100_000), ROW, LIMITS)


def npy(array: "np.ndarray") -> bytes:
    made = io.BytesIO()
    np.save(made, array)
    return made.getvalue()


@given(st.integers(1, 30), sizes, st.sampled_from(["<f4", ">i2", "|b1", "<U3", "|S2"]))
def test_an_array_comes_back_row_by_row(count: int, size: Size, dtype: str) -> None:
    array = np.arange(count * 3).reshape(count, 3).astype(dtype)
    found = rows_of(NPY, npy(array), TENSOR, size)
    rows = [np.load(io.BytesIO(row.request.body)) for row in found]  # type: ignore[union-attr]  # payloads
    assert np.array_equal(np.concatenate(rows), array)
    assert {row.dtype for row in rows} == {array.dtype}


ARRAYS = {
    "objects": (npy(np.zeros(3)).replace(b"'<f8'", b"'|O' "), WrongDatatype, "not read"),
    "no axis": (npy(np.float32(1)), WrongShape, "no axis"),
    "Fortran order": (npy(np.asfortranarray(np.zeros((3, 4)))), WrongShape, "ascontiguousarray"),
    "less than it says": (npy(np.zeros((3, 4)))[:-1], MalformedBody, "but 95 are there"),
    "more than it says": (npy(np.zeros((3, 4))) + b"x", MalformedBody, "but 97 are there"),
    "another file": (b"PK\x03\x04 and so on", MalformedBody, "no .npy"),
}


@pytest.mark.parametrize("array", ARRAYS)
def test_an_array_that_cannot_be_cut_is_refused(array: str) -> None:
    body, error, said_of_it = ARRAYS[array]
    with pytest.raises(error, match=said_of_it):
        format_of(NPY).cutter(Pieces(body), TENSOR, LIMITS)


def test_a_row_of_an_array_has_a_limit() -> None:
    with pytest.raises(PayloadTooLarge, match="a row of the array"):
        format_of(NPY).cutter(Pieces(npy(np.zeros((2, 600_000)))), TENSOR, LIMITS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.JSONL", JSONL), ("b.ndjson", JSONL), ("c.csv", CSV), ("d.npy", NPY), ("e.png", "")],
)
def test_a_suffix_says_of_what_format_a_file_is(name: str, kind: str) -> None:
    assert suffix_type(name) == kind


def test_a_model_takes_the_formats_of_its_kind() -> None:
    check_kind("application/x-ndjson", Kind.IMAGE)
    with pytest.raises(UnsupportedMediaType, match="application/zip, not 'text/csv'"):
        check_kind(CSV, Kind.IMAGE)
    with pytest.raises(UnsupportedMediaType, match="is no format of rows"):
        format_of("image/png")
