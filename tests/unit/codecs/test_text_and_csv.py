"""Texts in their charset, tables by their header."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.codecs.csv import value
from samovar.codecs.items import Items, read_items
from samovar.errors import (
    DuplicateName,
    MalformedBody,
    MissingTensor,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from samovar.types import Kind, Limits

LIMITS = Limits(max_text_bytes=1000, max_rows=50)
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=12)


@given(st.text(max_size=200))
def test_a_text_arrives_as_it_was_sent(text):
    found = read_items(Kind.TEXT, "text/plain; charset=utf-8", text.encode(), LIMITS)
    assert found == Items([text.removeprefix("\ufeff")], single=True)


@pytest.mark.parametrize(
    ("charset", "python"),
    [
        ("UTF-8", "utf-8"),
        ('"utf-8"', "utf-8"),
        ("iso-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16le", "utf-16-le"),
    ],
)
def test_a_text_is_read_in_the_charset_that_it_names(charset, python):
    body = "Größe".encode(python)
    assert read_items(Kind.TEXT, f"text/plain;charset={charset}", body, LIMITS)[0] == ["Größe"]


@pytest.mark.parametrize("charset", ["rot13", "idna", "unicode_escape", "utf-7", "hex", "zlib"])
def test_a_charset_that_is_no_usual_one_is_refused(charset):
    with pytest.raises(UnsupportedMediaType, match="send utf-8"):
        read_items(Kind.TEXT, f"text/plain; charset={charset}", b"abc", LIMITS)


@pytest.mark.parametrize(
    ("body", "at"), [(b"\xff", 0), (b"ab\xc3", 2), (b"\xef\xbb\xbfab\xff", 5), (b"\xed\xa0\x80", 0)]
)
def test_the_first_byte_that_is_no_utf8_is_named(body, at):
    with pytest.raises(MalformedBody, match=f"byte {at} "):
        read_items(Kind.TEXT, "text/plain", body, LIMITS)


def test_an_empty_text_is_a_text():
    assert read_items(Kind.TEXT, "text/plain", b"", LIMITS) == Items([""], single=True)


def test_a_text_over_the_limit_is_refused_by_its_bytes_not_its_characters():
    assert read_items(Kind.TEXT, "text/plain", b"a" * 1000, LIMITS).items
    with pytest.raises(PayloadTooLarge, match="1001 bytes"):
        read_items(Kind.TEXT, "text/plain", b"a" * 1001, LIMITS)
    assert read_items(
        Kind.TEXT, "application/json", b'{"text": "%b"}' % ("é" * 500).encode(), LIMITS
    )
    with pytest.raises(PayloadTooLarge, match="1002 bytes"):
        read_items(Kind.TEXT, "application/json", b'{"text": "%b"}' % ("é" * 501).encode(), LIMITS)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1", 1),
        ("-7", -7),
        ("+3", 3),
        (" 2 ", 2),
        ("1.5", 1.5),
        (".5", 0.5),
        ("2.", 2.0),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        ("9007199254740993", 9007199254740993),
        ("99999999999999999999", 1e20),
        ("", None),
        ("  ", None),
        ("nan", "nan"),
        ("inf", "inf"),
        ("1_000", "1_000"),
        ("1,5", "1,5"),
        ("0x10", "0x10"),
        ("true", "true"),
        (" a ", " a "),
        ("١", "١"),
    ],
)
def test_a_cell_written_as_a_decimal_number_is_one_and_no_other_is(cell, expected):
    assert value(cell) == expected
    assert type(value(cell)) is type(expected)


def table(header: list[str], rows: list[list[str]]) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target).writerows([header, *rows])
    return target.getvalue().encode()


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=6)
    )
)
def test_a_table_comes_back_row_by_row(rows):
    header = [f"c{index}" for index in range(len(rows[0]))]
    found = read_items(Kind.ROWS, "text/csv", table(header, rows), LIMITS)
    # the writer turns a row of one empty cell into a quoted one, so no row is lost
    assert found.items == [dict(zip(header, map(value, row), strict=True)) for row in rows]
    assert not found.single


def test_quotes_hold_commas_quotes_and_lines():
    body = b'a,b\r\n"x, y","say ""hi"""\r\n"two\nlines",2\r\n'
    assert read_items(Kind.ROWS, "text/csv", body, LIMITS).items == [
        {"a": "x, y", "b": 'say "hi"'},
        {"a": "two\nlines", "b": 2},
    ]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_any_line_ending_a_byte_order_mark_and_blank_lines_are_taken(ending):
    body = b"\xef\xbb\xbfa,b" + ending + b"1,2" + ending + ending + b"3,4"
    assert read_items(Kind.ROWS, "text/csv", body, LIMITS).items == [
        {"a": 1, "b": 2},
        {"a": 3, "b": 4},
    ]


def test_a_header_alone_is_an_empty_table():
    assert read_items(Kind.ROWS, "text/csv", b"a,b\n", LIMITS) == Items([], single=False)


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        (b"", MalformedBody, "empty"),
        (b"\n\n", MalformedBody, "empty"),
        (b"a,b\n1\n", MalformedBody, "row 1 of the CSV has 1 cells, its header 2"),
        (b"a,b\n1,2\n1,2,3\n", MalformedBody, "row 2"),
        (b"a,a\n1,2\n", DuplicateName, "two columns 'a'"),
        (b"a, a\n1,2\n", DuplicateName, "two columns 'a'"),
        (b"a,,b\n1,2,3\n", MalformedBody, "column 2 of the CSV has no name"),
        (b'a,b\n"1,2\n', MalformedBody, "wrong in line"),
        (b'a,b\n"1"x,2\n', MalformedBody, "wrong in line 2"),
        (b"a\n" + b"x" * 200_000, MalformedBody, "field larger"),
        (b"a\n\xff\n", MalformedBody, "byte 2"),
        (b"a\n" + b"1\n" * 51, PayloadTooLarge, "51 rows"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_table_that_is_wrong_says_where(body, error, says):
    with pytest.raises(error, match=says):
        read_items(Kind.ROWS, "text/csv", body, LIMITS)


def test_a_model_of_texts_takes_the_column_text_as_it_stands():
    found = read_items(Kind.TEXT, "text/csv", b"id,text\n1,42\n2,\n", LIMITS)
    assert found == Items(["42", ""], single=False)
    with pytest.raises(MissingTensor, match="column 'text'"):
        read_items(Kind.TEXT, "text/csv", b"id\n1\n", LIMITS)
