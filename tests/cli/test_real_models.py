"""The command line over the repository's own models, as `make models` builds them."""

import shlex

import pytest

from tests.cli.conftest import ROOT, Run

MODELS = ROOT / "models"
BUILT = sorted(path.parent.name for path in MODELS.glob("*/model.lock"))

pytestmark = pytest.mark.skipif(not BUILT, reason="the models are not built: run `make models`")


@pytest.mark.parametrize("name", BUILT)
def test_every_example_of_a_model_holds_alone_and_in_a_batch(samovar: Run, name: str) -> None:
    shown = samovar("models", "check", name, "--models", MODELS)
    assert shown.exit_code == 0, shown.stdout


@pytest.mark.parametrize("name", BUILT)
def test_a_models_page_fits_80_columns_and_its_command_works(samovar: Run, name: str) -> None:
    page = samovar("models", "show", name, "--models", MODELS).stdout.splitlines()
    commands = page.index("Call it (curl: while `samovar up` runs)")
    assert all(len(line) <= 80 for line in page[:commands])
    words = shlex.split(page[commands + 1].removeprefix("  $ samovar "))
    answered = samovar(*words)
    assert answered.exit_code == 0, answered.stderr
    assert all(len(line) <= 80 for line in answered.stdout.splitlines())


def test_the_list_of_models_fits_80_columns(samovar: Run) -> None:
    listed = samovar("models", "list", "--models", MODELS).stdout.splitlines()
    assert len(listed) > len(BUILT)
    assert all(len(line) <= 80 for line in listed)
