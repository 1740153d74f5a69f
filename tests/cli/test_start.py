"""How the command starts, what it says of itself, and how it ends."""

import subprocess
import sys
from pathlib import Path

import pytest
import samovar as package
from samovar.error_codes import error_of
from samovar.errors import SamovarError
from samovar_cli.failures import exit_status

from tests.cli.conftest import Run, process
from tests.cli.tiny_pictures import picture

HEAVY = {"numpy", "onnxruntime", "fastapi", "boto3", "botocore", "rich", "PIL", "httpx", "asyncio"}


@pytest.mark.parametrize(
    "words", ["--help", "--version", "predict --help", "models --help", "jobs --help"]
)
def test_help_loads_nothing_heavy(words: str) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['samovar', *{words.split()!r}]\n"
        "from samovar_cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print('\\n' + ' '.join(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(out.stdout.splitlines()[-1].split())
    assert not HEAVY & loaded
    if words.startswith("--"):
        assert "pydantic" not in loaded  # Typer reads a command's parameters with it


def test_the_version_is_the_packages(samovar: Run) -> None:
    assert samovar("--version").output == f"samovar {package.__version__}\n"


@pytest.mark.parametrize(
    "words",
    [
        *("", "predict", "up", "invoke", "models", "models list", "models show", "models check"),
        "models profile",
        *("jobs", "jobs submit", "jobs list", "jobs show", "jobs result", "jobs watch"),
        *("jobs cancel", "jobs redrive"),
    ],
)
def test_every_help_fits_80_columns(samovar: Run, words: str) -> None:
    shown = samovar(*words.split(), "--help")
    assert shown.exit_code == 0
    assert all(len(line) <= 80 for line in shown.output.splitlines())


@pytest.mark.parametrize(
    "words", ["predict", "invoke", "models list", "models show", "jobs submit", "jobs watch"]
)
def test_help_teaches_by_example(samovar: Run, words: str) -> None:
    assert f"  $ samovar {words}" in samovar(*words.split(), "--help").output


def test_no_command_at_all_is_a_request_for_help(samovar: Run) -> None:
    assert "Commands:" in samovar().output


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("predict", "mood"), 2, "Missing argument 'INPUT'"),
        (("predict", "shade", "nowhere.png"), 2, "there is no file 'nowhere.png'"),
        (("predict", "price", '{"row": {"rooms": 1}}'), 3, "missing_tensor"),
        (("predict", "shade", "{models}/mood/model.toml"), 3, "malformed_body"),
        (("predict", "mod", "good"), 4, "did you mean 'mood'?"),
        (("predict", "mood", "good", "--version", "9"), 4, "version_not_found"),
        (("models", "show", "nobody"), 4, "model_not_found"),
        (("models", "list", "--models", "/dev/null"), 4, "make models"),
        (("predict", "gather", '{"row": {"indices": 9}}'), 5, "model_run_failed"),
        (("predict", "mood", "x", "--url", "http://127.0.0.1:9"), 1, "does not answer"),
        (("predict", "mood", "x", "--url", "ftp://somewhere"), 1, "http://"),
        (("jobs", "show", "x", "--url", "http://127.0.0.1:9"), 1, "does not answer"),
        (("jobs", "list", "--state-dir", "/dev/null/none"), 1, "no twin is running"),
        (("invoke", "direct", "{}", "--state-dir", "/dev/null/none"), 1, "no twin is running"),
    ],
)
def test_each_kind_of_failure_has_its_exit_status_and_one_line(
    samovar: Run, shelf: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    done = samovar(*[word.replace("{models}", str(shelf)) for word in words])
    assert (done.exit_code, done.stdout) == (status, "")
    assert said in done.stderr
    if status != 2:
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("samovar: ")


def test_a_process_ends_as_the_command_did(shelf: Path) -> None:
    # onnxruntime too keeps what it thinks of the input to itself.
    done = process("predict", "gather", '{"row": {"indices": 9}}', SAMOVAR_MODELS_DIR=str(shelf))
    assert (done.status, done.out) == (5, "")
    assert len(done.error.splitlines()) == 1
    assert "Traceback" not in done.error


def test_an_unforeseen_fault_is_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from samovar_cli import main\n"
        "@main.app.command()\ndef broken() -> None:\n    raise RuntimeError('lost\\nits way')\n"
        "main.main()\n"
    )
    run = [sys.executable, "-c", code]
    plain = subprocess.run([*run, "broken"], capture_output=True, text=True, check=False)
    assert plain.returncode == 1
    assert plain.stderr.startswith("samovar: RuntimeError: lost its way (internal_error)\n")
    assert "Traceback" not in plain.stderr
    asked = [*run, "--traceback", "broken"]
    shown = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert "Traceback" in shown.stderr


def test_an_ascii_terminal_is_served_too(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "café.png").write_bytes(picture(255))
    environment = {"SAMOVAR_MODELS_DIR": str(shelf), "PYTHONIOENCODING": "ascii"}
    for words in (
        ["predict", "shade", tmp_path / "café.png"],
        ["predict", "mood", "good – très"],
        ["models", "show", "shade"],
        ["models", "check"],
    ):
        done = process(*words, **environment)
        assert done.status == 0, done.error
        assert done.out.isascii()


def test_a_reader_that_goes_away_is_no_fault(shelf: Path) -> None:
    code = "from samovar_cli.main import main; main()"
    command = f'"{sys.executable}" -c "{code}" models list --models "{shelf}" | true'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_every_error_has_an_exit_status_and_is_found_again_by_its_code() -> None:
    left = [SamovarError]
    while left:
        cls = left.pop()
        left += [each for each in cls.__subclasses__() if each.__module__ == cls.__module__]
        found = error_of(cls.code, "what was said")
        assert type(found) is cls
        assert found.message == "what was said"
        assert exit_status(found) in range(1, 6)


def test_an_unknown_code_of_another_samovar_is_an_error_like_any() -> None:
    assert exit_status(error_of("from_the_future", "hm")) == 1
