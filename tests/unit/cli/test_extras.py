"""A package that only some commands ask for is imported when it is asked for, or told how."""

import pytest
from samovar.errors import CommandFailed
from samovar_cli.extras import need


def test_what_is_there_is_imported():
    assert need("json.decoder", "plots", "to read").__name__ == "json.decoder"


@pytest.mark.parametrize("module", ["no_such_package", "no_such_package.part"])
def test_what_is_missing_is_told_with_the_extra_that_brings_it(module):
    with pytest.raises(CommandFailed, match=r"no_such_package is needed to draw: pip install") as e:
        need(module, "plots", "to draw")
    assert "'samovar[plots]'" in e.value.message


def test_a_package_that_is_broken_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "half_there.py").write_text("import what_it_stands_on\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="what_it_stands_on"):
        need("half_there", "plots", "to draw")
