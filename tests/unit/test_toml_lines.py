"""The line of each key, however the file is written."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.toml_lines import line_numbers, nearest

EVERYTHING = (
    """\
# a comment with [brackets] and "quotes
title = "a # in a string, and """
    "'''"
    ''' too"
"quoted key" = 1
dotted . "key" = 2
description = """
[not.a.table]
fake = 1
"""
literal = \'\'\'
also_fake = 2 \'\'\'
after = 3
array = [
  "a]b",  # ]
  { x = 1 },
]
inline = { text = """
several
lines""", list = ["x", "y"] }

[input]
kind = "text"

[[pre]]
step = "a"
[[pre]]
step = "b"
[pre.sub]
deep = 1
[files]
"1/model.onnx" = "00"
\'1/other\' = "11"
[[outer]]
[[outer.inner]]
x = 1
[[outer.inner]]
x = 2
[[outer]]
[[outer.inner]]
x = 3
'''
)


def _lines_of(text: str) -> list[str]:
    return text.split("\n")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("title",), "title ="),
        (("quoted key",), '"quoted key"'),
        (("dotted", "key"), "dotted ."),
        (("description",), "description ="),
        (("literal",), "literal ="),
        (("after",), "after ="),
        (("array",), "array ="),
        (("inline",), "inline ="),
        (("input",), "[input]"),
        (("input", "kind"), "kind ="),
        (("pre", 0), "[[pre]]"),
        (("pre", 0, "step"), 'step = "a"'),
        (("pre", 1, "step"), 'step = "b"'),
        (("pre", 1, "sub", "deep"), "deep ="),
        (("files", "1/model.onnx"), '"1/model.onnx"'),
        (("files", "1/other"), "'1/other'"),
        (("outer", 0, "inner", 0, "x"), "x = 1"),
        (("outer", 0, "inner", 1, "x"), "x = 2"),
        (("outer", 1, "inner", 0, "x"), "x = 3"),
    ],
)
def test_a_key_is_found_on_its_own_line(path: tuple, text: str) -> None:
    tomllib.loads(EVERYTHING)
    assert _lines_of(EVERYTHING)[line_numbers(EVERYTHING)[path] - 1].startswith(text)


def test_what_strings_hold_is_no_key() -> None:
    found = line_numbers(EVERYTHING)
    assert ("fake",) not in found
    assert ("also_fake",) not in found
    assert ("not", "a", "table") not in found


@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\r\n"])
def test_lines_are_those_of_an_editor(mark: str) -> None:
    # str.splitlines() takes several more characters for the end of a line.
    text = f'a = 1\n# {mark.replace(chr(10), "")}\nb = """x{mark}y"""\nc = 3\n'
    assert line_numbers(text)["c",] == text[: text.index("c = 3")].count("\n") + 1


@given(st.text(alphabet="ab=\"'[]{}#.\\\n ,1", max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert all(1 <= line <= text.count("\n") + 1 for line in line_numbers(text).values())


VALUES = st.sampled_from(
    [
        "1",
        '"s"',
        "'l'",
        '"""m\n[x]\nm"""',
        "'''n\n#'''",
        "[1,\n 2]",
        '[["a]"],\n # ]\n []]',
        "{ a = 1 }",
        '"\\""',
    ]
)


@given(st.lists(VALUES, max_size=12), st.lists(st.sampled_from(["t", "u"]), max_size=3))
def test_a_generated_file_has_each_key_where_it_was_written(
    values: list[str], tables: list[str]
) -> None:
    lines, expected = [], {}
    table: tuple = ()
    for index, value in enumerate(values):
        if index % 4 == 3 and tables:
            name = tables.pop()
            count = sum(1 for path in expected if path[:1] == (name,) and len(path) == 2)
            table = (name, count)
            expected[table] = len(lines) + 1
            lines.append(f"[[{name}]]")
        expected[*table, f"k{index}"] = len(lines) + 1
        lines += f"k{index} = {value}  # note".split("\n")
    text = "\n".join(lines)
    tomllib.loads(text)
    assert line_numbers(text) == expected


def test_the_nearest_table_stands_in_for_a_key_that_is_not_there() -> None:
    lines = {("pre", 0): 5, ("pre", 0, "step"): 6}
    assert nearest(lines, ("pre", 0, "step")) == 6
    assert nearest(lines, ("pre", 0, "missing", "deep")) == 5
    assert nearest(lines, ("post", 0)) == 1
    assert nearest(lines, ()) == 1
