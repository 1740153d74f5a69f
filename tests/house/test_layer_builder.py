"""What layers/ promises whoever builds: nothing stale, nothing twice, the same bytes again."""

import importlib
import shutil
import subprocess
import sys

import pytest

from layers import build_layer, python313
from layers import slim as slim_module
from layers.build_layer import WHEEL_LAYERS
from layers.elf import trim
from layers.slim import direct_requirements, named, read_patterns, sizes, slim

LOCKED = r"""
numpy==2.4.6 ; python_full_version < '3.12' \
    --hash=sha256:aa
numpy==2.5.5 ; python_full_version >= '3.12' \
    --hash=sha256:bb
huggingface-hub==2.4.0 \
    --hash=sha256:cc \
    --hash=sha256:dd
Pillow==13.0.0 \
    --hash=sha256:ee
"""


@pytest.fixture
def wheel(tmp_path):
    """A folder like the one that an installer fills for layer web."""
    for name, text in {
        "package/__init__.py": "code",
        "package/__init__.pyi": "stub",
        "package/tests/test_it.py": "test",
        "package/LICENSE": "all rights",
        "package-1.dist-info/METADATA": "Name: package",
        "package-1.dist-info/RECORD": "list",
        "package-1.dist-info/licenses/LICENSE": "all rights",
        "bin/package": "command",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def names(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_direct_requirements_keep_their_hashes_and_every_line_for_a_python():
    kept = direct_requirements("numpy\npillow\n", LOCKED)
    assert kept.count("numpy==") == 2
    assert "Pillow==13.0.0 \\\n    --hash=sha256:ee" in kept
    assert "huggingface" not in kept
    assert "sha256:cc" not in kept


CONTENTS = ("*.dist-info/METADATA", "*.dist-info/licenses/**/*", "package/*.py", "package/LICENSE")


@pytest.fixture
def contents(monkeypatch):
    """Has layer web keep what CONTENTS names."""
    monkeypatch.setattr(slim_module, "read_patterns", lambda _layer: CONTENTS)


@pytest.mark.usefixtures("contents")
def test_a_slim_layer_has_what_is_named_and_each_licence_once(wheel):
    (wheel / "package" / "tests" / "test_it.py").unlink()
    slim("web", wheel)
    assert names(wheel) == {
        "package/__init__.py",
        "package-1.dist-info/METADATA",
        "package-1.dist-info/licenses/LICENSE",
    }
    assert not (wheel / "bin").exists()


def test_a_line_that_names_nothing_is_reported(wheel):
    with pytest.raises(ValueError, match=r"'numpy/version.py' of contents.txt matches nothing"):
        named(["package/*.py", "numpy/version.py"], wheel)


@pytest.mark.parametrize("layer", WHEEL_LAYERS)
def test_no_line_of_contents_stands_there_twice(layer):
    patterns = read_patterns(layer)
    assert len(patterns) == len(set(patterns)) > 0


def test_a_library_loses_what_no_loader_reads_and_still_loads(tmp_path):
    library = tmp_path / "_struct.so"
    shutil.copy(importlib.import_module("_struct").__file__, library)
    whole = library.stat().st_size
    taken = trim(library)
    assert library.stat().st_size == whole - taken > 0
    assert taken > 0
    load = f"import ctypes; ctypes.PyDLL({str(library)!r}).PyInit__struct"
    subprocess.run([sys.executable, "-c", load], check=True)
    assert trim(library) == 0


def test_only_libraries_are_trimmed(tmp_path):
    text = tmp_path / "module.so.py"
    text.write_text("code" * 100)
    assert trim(text) == 0
    assert text.read_text() == "code" * 100


def test_sizes_come_largest_first(wheel):
    assert list(sizes(wheel))[-1] == "bin"
    assert sum(sizes(wheel).values()) == sum(len((wheel / n).read_text()) for n in names(wheel))


def test_times_and_modes_are_the_same_for_every_build(wheel):
    (wheel / "bin" / "package").chmod(0o700)
    build_layer.normalise(wheel)
    stats = [path.stat() for path in wheel.rglob("*") if path.is_file()]
    assert {(each.st_mode & 0o777, each.st_mtime) for each in stats} == {(0o644, 946_684_800)}


def test_an_interpreter_that_is_named_and_wrong_is_not_replaced_by_another(monkeypatch):
    monkeypatch.setenv(python313.VARIABLE, "/nowhere/python")
    assert python313.find() is None
