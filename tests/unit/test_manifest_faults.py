"""Manifests that are wrong: each fault at its line, and no text that breaks the reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import ManifestInvalid
from samovar.manifest import read_manifest

SHA = "ab" * 32


def faults(text: str | bytes, lock: str = "", name: str = "m") -> list[str]:
    with pytest.raises(ManifestInvalid) as caught:
        read_manifest(name, text, lock)
    assert caught.value.faults
    return list(caught.value.faults)


BAD = {
    # id: (line, what the fault must say, the manifest)
    "no TOML": (2, "not TOML", 'title = "x"\ntask = \n'),
    "not closed": (2, "not TOML", 'title = """x\n'),
    "key twice": (2, "not TOML", 'title = "x"\ntitle = "y"\n'),
    "unknown key": (2, "'titel'", 'task = "t"\ntitel = "x"\n'),
    "unknown table": (1, "'inputs'", "[inputs]\nx = 1\n"),
    "wrong type": (1, "'title' must be a string", "title = 3\n"),
    "a boolean as text": (1, "'bundle' must be true or false", 'bundle = "yes"\n'),
    "unknown lane": (1, "'light', 'heavy', 'auto'", 'lane = "fast"\n'),
    "input no table": (1, "[input] must be a table", 'input = "text"\n'),
    "unknown kind": (3, "'image'", '\n[input]\nkind = "picture"\n'),
    "columns no list": (2, "'columns' must be a list", '[input]\ncolumns = "age"\n'),
    "columns of numbers": (2, "'columns' must be a string", "[input]\ncolumns = [1]\n"),
    "text without steps": (2, "text", '[input]\nkind = "text"\n'),
    "unknown input key": (3, "'colums'", '[input]\nkind = "row"\ncolums = []\n'),
    "pre no table list": (1, "[[pre]]", 'pre = "tokenize"\n'),
    "pre one table": (1, "[[pre]]", '[pre]\nstep = "tokenize"\n'),
    "step missing": (1, "unknown step None", "[[pre]]\nmax_length = 3\n"),
    "unknown step": (3, "unknown step 'tokenise'", '[input]\n[[pre]]\nstep = "tokenise"\n'),
    "step no text": (2, "unknown step 3", "[[pre]]\nstep = 3\n"),
    "unknown parameter": (
        5,
        "'length'",
        '[input]\nkind = "text"\n[[pre]]\nstep = "tokenize"\nlength = 3\n',
    ),
    "parameter's value": (
        5,
        "'max_length' must be 1 or more",
        '[input]\nkind = "text"\n[[pre]]\nstep = "tokenize"\nmax_length = 0\n',
    ),
    "parameter's type": (
        5,
        "'max_length' must be a whole number",
        '[input]\nkind = "text"\n[[pre]]\nstep = "tokenize"\nmax_length = 1.5\n',
    ),
    "parameter missing": (
        3,
        "'size' is missing",
        '[input]\nkind="image"\n[[pre]]\nstep="resize"\n',
    ),
    "steps that do not fit": (
        5,
        "tokenize takes text, but gets image",
        '[input]\nkind = "image"\n\n\n[[pre]]\nstep = "tokenize"\n',
    ),
    "steps that end too early": (
        3,
        "gets image",
        '[input]\nkind = "image"\n[[pre]]\nstep = "resize"\nsize = 3\n',
    ),
    "post that takes no tensors": (1, "takes text", '[[post]]\nstep = "tokenize"\n'),
    "unknown program": (2, "unknown program 'double'", '[program]\nname = "double"\n'),
    "runner missing": (3, "detect", '[program]\nname = "ocr"\nrunners = { model = "m.onnx" }\n'),
    "runner unknown": (2, "'modell'", '[program]\nrunners = { model = "a", modell = "b" }\n'),
    "runner outside": (2, "'model'", '[program]\nrunners = { model = "../m.onnx" }\n'),
    "runner absolute": (2, "'model'", '[program]\nrunners = { model = "/m.onnx" }\n'),
    "runner with NUL": (2, "'model'", '[program]\nrunners = { model = "m\\u0000" }\n'),
    "program's parameter": (
        5,
        "'frame' must be 1 sample or more",
        '[input]\n[program]\nname = "frames"\n[program.params]\nframe = 0\n',
    ),
    "batch axis": (2, "'axis'", "[batch]\naxis = 1\n"),
    "batch axis true": (2, "'axis'", "[batch]\naxis = true\n"),
    "batch of none": (2, "'max_size' must be above 0", "[batch]\nmax_size = 0\n"),
    "negative limit": (2, "'max_rows' must be above 0", "[limits]\nmax_rows = -1\n"),
    "no limit": (2, "'max_seconds' must be above 0", "[limits]\nmax_seconds = nan\n"),
    "unknown limit": (2, "'max_row'", "[limits]\nmax_row = 1\n"),
    "domains no list": (2, "'custom_domains'", '[onnx]\ncustom_domains = "acme"\n'),
    "files no table": (1, "[files]", "files = []\n"),
    "file without version": (2, "version/file", f'[files]\n"model.onnx" = "{SHA}"\n'),
    "file outside": (2, "version/file", f'[files]\n"1/../../x" = "{SHA}"\n'),
    "sha too short": (2, "64 hex", '[files]\n"1/model.onnx" = "abc"\n'),
    "sha in capitals": (2, "64 hex", f'[files]\n"1/model.onnx" = "{SHA.upper()}"\n'),
    "sha no text": (2, "64 hex", '[files]\n"1/model.onnx" = 1\n'),
    "signature no table": (1, "[signature]", "signature = 1\n"),
    "signature without sides": (1, "inputs and outputs", "[signature.1]\ninputs = []\n"),
    "signature's datatype": (
        2,
        "datatype",
        '[signature]\n1 = { inputs = [{name="x",datatype="F",shape=[]}], outputs = [] }\n',
    ),
    "signature's shape": (
        2,
        "shape",
        '[signature]\n1 = { inputs = [{name="x",datatype="FP32",shape="ab"}], outputs = [] }\n',
    ),
    "examples no list": (1, "[[examples]]", "examples = {}\n"),
    "example of nothing": (1, "exactly one of", "[[examples]]\nexpect = {}\n"),
    "example of two": (1, "exactly one of", '[[examples]]\ntext="a"\njson={}\nexpect={}\n'),
    "example without answer": (1, "expect", '[[examples]]\ntext = "a"\n'),
    "example's key": (1, "'txt'", '[[examples]]\ntxt = "a"\nexpect = {}\n'),
    "example's text": (1, "text must be a string", "[[examples]]\ntext = 1\nexpect = {}\n"),
    "example's base64": (1, "base64", '[[examples]]\nbase64 = "?"\nexpect = {}\n'),
    "example's tolerance": (
        1,
        "tolerance",
        '[[examples]]\ntext="a"\nexpect={}\ntolerance=-1\n',
    ),
    "example's tolerance no number": (
        1,
        "tolerance",
        '[[examples]]\ntext="a"\nexpect={}\ntolerance=nan\n',
    ),
    "example's JSON": (
        4,
        "JSON",
        '[[examples]]\ntext="a"\nexpect={}\n[[examples]]\njson={a=99999999999999999999}\nexpect={}\n',
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_told_at_its_line(name: str) -> None:
    line, said, text = BAD[name]
    found = faults(text)
    assert any(
        fault.startswith(f"models/m/model.toml:{line}: ") and said in fault for fault in found
    ), found


def test_all_faults_of_both_files_are_told_at_once() -> None:
    text = """\
titel = "x"
lane = "fast"
[input]
kind = "texts"
[[pre]]
step = "tokenise"
[[post]]
step = "classify"
labels = 3
[program]
name = "double"
[batch]
max_size = 0
[limits]
max_rows = "many"
[files]
"x" = "y"
[[examples]]
"""
    lock = '[files]\n"1/model.onnx" = "z"\n[signature.1]\n'
    found = faults(text, lock)
    lines = [fault.rsplit("models/m/", 1)[1].split(": ")[0] for fault in found]
    assert {f"model.toml:{n}" for n in (1, 2, 4, 6, 9, 11, 13, 15, 17, 18)} <= set(lines)
    assert {"model.lock:2", "model.lock:3"} <= set(lines)


def test_faults_of_a_lock_are_told_though_the_manifest_is_no_toml() -> None:
    found = faults("title = ", '[files]\n"1/a" = 1\n')
    assert [fault.split(": ")[0] for fault in found] == [
        "models/m/model.toml:1",
        "models/m/model.lock:2",
    ]


def test_bytes_that_are_not_utf8_are_told_at_their_line() -> None:
    assert faults(b'title = "x"\norigin = "\xff"\n') == [
        "models/m/model.toml:2: not UTF-8, as TOML must be"
    ]


@pytest.mark.parametrize("name", ["", "a b", "../x", ".hidden", "x" * 129, "ä", "a/b", "a\0"])
def test_a_name_that_no_path_or_url_should_hold_is_a_fault(name: str) -> None:
    assert any("is no model name" in fault for fault in faults("", name=name))


def _faults_or_none(text: str, lock: str) -> tuple[str, ...]:
    try:
        read_manifest("m", text, lock)
    except ManifestInvalid as error:
        return error.faults
    return ()


@given(st.text(max_size=80), st.text(max_size=40))
def test_any_text_is_a_manifest_or_a_list_of_faults(text: str, lock: str) -> None:
    assert all(":" in fault for fault in _faults_or_none(text, lock))


VALUES = st.recursive(
    st.sampled_from(["1", "-1", "0.5", '"x"', "true", "nan", "2026-01-02", "[]", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda v: f"[{', '.join(v)}]")
        | inner.map(lambda v: f"{{ a = {v} }}")
    ),
    max_leaves=4,
)
TABLES = ["input", "program", "batch", "limits", "onnx", "files", "signature", "metrics", "build"]
HEAD = ["task", "title", "lane", "bundle", "pre", "post", "examples", "profile"]
INNER = ["input.kind", "program.name", "program.runners", "program.params", "signature.1"]
COUNTS = ["batch.axis", "batch.max_size", "limits.max_rows", "onnx.external_data"]
KEYS = st.sampled_from([*TABLES, *HEAD, *INNER, *COUNTS])


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_value_for_any_key_is_taken_or_told_as_a_fault(table: dict[str, str]) -> None:
    text = "\n".join(f"{key} = {value}" for key, value in table.items())
    assert all(fault.startswith("models/m/model.") for fault in _faults_or_none(text, text))
