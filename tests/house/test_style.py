"""How code looks here, as far as it can be measured."""

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    "shared/samovar", "cli/samovar_cli", "functions", "recipes", "layers", "tools", "benchmarks",
    "container",
)  # fmt: skip
TYPED = ("shared/samovar", "cli/samovar_cli")
LONG_FILES: dict[str, str] = {
    "shared/samovar/errors.py": "one tree, that is read as one",
    "shared/samovar/job_attempts.py": "an attempt from its claim to its end, every way out at once",
    "shared/samovar/jobs.py": "the states of a job and all moves between them",
    "shared/samovar/ports.py": "all that samovar needs of the world, as one list",
    "shared/samovar/types.py": "the values of a model and of a request, which name one another",
}
"""Files of 200 to 300 lines, each with the reason why it is one file."""
MAX_TRACKED_BYTES = 1_000_000
MAX_PORT_METHODS = 4
FORBIDDEN = re.compile(r"(^|_)(utils?|helpers?|common|manager|base|misc|stuff)(_|$)")

Def = ast.FunctionDef | ast.AsyncFunctionDef


class Function(NamedTuple):
    """A function with where it stands and how long it is, its documentation aside."""

    where: str
    node: Def
    lines: int
    whole: int


@cache
def tracked() -> tuple[Path, ...]:
    """The files that git knows."""
    run = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return tuple(ROOT / name for name in run.stdout.split("\0") if name and (ROOT / name).is_file())


def modules(*folders: str) -> list[Path]:
    """The tracked Python files of some folders."""
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and str(path.relative_to(ROOT)).startswith(folders)
    ]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def functions(*folders: str) -> Iterator[Function]:
    for path in modules(*folders):
        for node in ast.walk(tree(path)):
            if isinstance(node, Def):
                whole = (node.end_lineno or 0) - node.lineno + 1
                yield Function(
                    f"{name_of(path)}:{node.lineno} {node.name}",
                    node,
                    whole - documentation(node),
                    whole,
                )


def documentation(node: Def) -> int:
    first = node.body[0]
    return (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(node) else 0


def test_the_sources_are_found() -> None:
    assert len(modules(*SOURCES)) > 100


def test_no_function_is_long() -> None:
    found = list(functions(*SOURCES))
    assert [f"{f.where}: {f.lines}" for f in found if f.lines > 50 or f.whole > 60] == []


@pytest.mark.parametrize("folder", ["shared/samovar", "cli/samovar_cli", "recipes"])
def test_functions_are_short(folder: str) -> None:
    lengths = sorted(f.whole for f in functions(folder))
    assert statistics.median(lengths) <= 9
    assert lengths[int(len(lengths) * 0.9)] <= 25


def test_files_are_short() -> None:
    lengths = {
        name_of(path): len(path.read_text("utf-8").splitlines()) for path in modules(*SOURCES)
    }
    assert {name: count for name, count in lengths.items() if count > 300} == {}
    long = {name: count for name, count in lengths.items() if count > 200}
    assert {name: count for name, count in long.items() if name not in LONG_FILES} == {}
    assert set(LONG_FILES) <= set(long), "an exception that is none any more"


def test_no_name_says_nothing() -> None:
    files = [name_of(path) for path in modules(*SOURCES, "tests") if FORBIDDEN.search(path.stem)]
    folders = [
        part
        for path in tracked()
        for part in path.relative_to(ROOT).parts[:-1]
        if FORBIDDEN.search(part)
    ]
    classes = [
        f"{name_of(path)}: {node.name}"
        for path in modules(*SOURCES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and re.search(r"(Utils?|Helpers?|Common|Manager|Base)$|^Base[A-Z]", node.name)
    ]
    assert files + folders + classes == []


def public(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """The public classes and functions of a module, and the public methods of those classes."""
    for node in tree(path).body:
        if isinstance(node, Def | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                for child in node.body:
                    if isinstance(child, Def) and not child.name.startswith("_"):
                        yield f"{node.name}.{child.name}", child


def test_every_public_name_of_the_package_is_documented() -> None:
    missing = [
        f"{name_of(path)}: {name}"
        for path in modules("shared/samovar")
        for name, node in public(path)
        if not ast.get_docstring(node)  # type: ignore[arg-type]  # Def and ClassDef have one
        and path.name != "errors.py"  # its tree, drawn at the top, documents its classes
    ]
    assert missing == []


def test_every_module_says_what_it_is_for() -> None:
    assert [
        name_of(path)
        for path in modules(*SOURCES, "tests")
        if path.stat().st_size and not ast.get_docstring(tree(path))
    ] == []


def test_every_function_is_typed() -> None:
    def untyped(node: Def) -> bool:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        named = [a for a in arguments if a.arg not in ("self", "cls")]
        return node.returns is None or any(a.annotation is None for a in named)

    assert [f.where for f in functions(*TYPED) if untyped(f.node)] == []


def test_the_package_prints_nothing() -> None:
    calls = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules("shared/samovar", "functions")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert calls == []


def test_tests_patch_nothing_of_ours() -> None:
    # A fake is code of the package, held to the contract of what it stands for.
    patched = re.compile(r"\bmock\b|(patch|setattr)\(\s*[\"']samovar")
    words = [
        f"{name_of(p)}"
        for p in modules("tests")
        if p != Path(__file__) and patched.search(p.read_text("utf-8"))
    ]
    assert words == []


def test_tests_are_named_as_sentences() -> None:
    short = [
        f.where
        for f in functions("tests")
        if f.node.name.startswith("test_") and f.node.name.count("_") < 3
    ]
    assert short == []


def test_a_handler_is_wiring_and_no_more() -> None:
    for path in modules("functions"):
        assert len(path.read_text("utf-8").splitlines()) <= 30, name_of(path)
        kinds = {type(node) for node in ast.walk(tree(path))}
        assert not kinds & {ast.Try, ast.If, ast.For, ast.While, ast.FunctionDef}, name_of(path)


def test_ports_are_small() -> None:
    ports = [
        node
        for node in tree(ROOT / "shared/samovar/ports.py").body
        if isinstance(node, ast.ClassDef)
    ]
    assert len(ports) >= 5
    for port in ports:
        methods = [child for child in port.body if isinstance(child, Def)]
        assert len(methods) <= MAX_PORT_METHODS, port.name


def test_a_silenced_warning_says_why() -> None:
    mute = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>[^#\n]*)(?P<why>#?.*)$")
    bare = []
    for path in modules(*SOURCES, "tests"):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            found = mute.search(line)
            if found and path != Path(__file__):
                rest = found["rest"] + found["why"]
                if not re.search(
                    r"(noqa: [A-Z0-9, ]+ - |ignore\[[\w, -]+\]\s+#\s*)\S", found[1] + rest
                ):
                    bare.append(f"{name_of(path)}:{number}")
    assert bare == []


def test_nothing_is_left_to_do() -> None:
    marks = re.compile(r"#.*\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
    found = [
        f"{name_of(p)}" for p in modules(*SOURCES, "tests") if marks.search(p.read_text("utf-8"))
    ]
    assert found == []


def test_no_tracked_file_is_large() -> None:
    assert [name_of(p) for p in tracked() if p.stat().st_size > MAX_TRACKED_BYTES] == []


# Written in pieces, so that this file does not hold what it looks for.
def _any(*pieces: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join("".join(piece) for piece in pieces))


PRIVATE = {
    "a package index": _any(
        ("pypi", r"\.org"),
        (r"files\.python", "hosted"),
        (r"registry\.npm", "js"),
        ("/simp", r"le/?\b(?=[\s\"'])"),
        ("index-", r"url\s*="),
    ),
    "a folder of one machine": _any(
        ("/wo", "rk/"), ("/ro", "ot/"), ("/ho", "me/[a-z]"), ("/Us", "ers/"), (r"\.py", "env")
    ),
    "a key of an account": _any(
        ("AK", "IA[0-9A-Z]{16}"),
    ),
    "the paper behind the code": _any(
        ("DESI", r"GN\.md"),
    ),
}
SAMPLES = {
    "a package index": ("https://pyp", "i.org/x"),
    "a folder of one machine": ("/wor", "k/main"),
    "a key of an account": ("AKI", "A0123456789ABCDEF"),
    "the paper behind the code": ("see DES", "IGN.md"),
}


@pytest.mark.parametrize("what", PRIVATE)
def test_what_is_private_would_be_found(what: str) -> None:
    assert PRIVATE[what].search("".join(SAMPLES[what]))


@pytest.mark.parametrize("what", PRIVATE)
def test_no_tracked_file_names(what: str) -> None:
    found = []
    for path in tracked():
        if name_of(path).startswith("docs/") and "paper" in what:
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name_of(path)}: {match[0]}" for match in PRIVATE[what].finditer(text)]
    assert found == []
