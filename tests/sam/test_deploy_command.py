"""`samovar deploy` with the SAM CLI itself: built, deployed to an emulator, asked, destroyed."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.credentials import Credentials
from samovar_cli.deploying.parameters import as_words
from samovar_cli.main import app
from typer.testing import CliRunner, Result

from tests.cli.job_server import JobServer
from tests.deploying.signed_api import SignedApi
from tests.house.template_file import ROOT
from tests.sam.conftest import NOBODY, SAM, listed_resources
from tests.tiny_models import write_models

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
STACK = "samovar-whole"
COPIED = ("layers", "functions", "stacks", "shared")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with models of its own, in which the test stands, as nobody in particular."""
    root = tmp_path / "clone"
    root.mkdir()
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, root)
    for name in (".venv", ".venvs"):
        (root / name).symlink_to(ROOT / name)
    write_models(root / "models")
    monkeypatch.chdir(root)
    for name, value in NOBODY.items():
        monkeypatch.setenv(name, value)
    return root


@pytest.fixture
def api(clone: Path) -> Iterator[SignedApi]:
    """What answers in place of the deployed API, closed as that is: the emulator has no routes."""
    behind = JobServer(clone / "models")
    behind.start()
    credentials = Credentials(NOBODY["AWS_ACCESS_KEY_ID"], NOBODY["AWS_SECRET_ACCESS_KEY"])
    closed = SignedApi(behind.url, credentials, NOBODY["AWS_DEFAULT_REGION"])
    closed.start()
    yield closed
    closed.end()
    behind.end()


def samovar(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_clone_is_deployed_asked_changed_and_destroyed(clone, emulator, api, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator)
    command = ("deploy", "--stack", STACK, "--yes", "--url", api.url, "--json")
    first = samovar(*command)
    assert first.exit_code == 0, first.stderr
    found = json.loads(first.stdout)
    assert found["state"] == "CREATE_COMPLETE"
    assert found["uploaded_bytes"] > 0
    assert {each["fault"] for each in found["smoke"]["tried"]} == {""}
    assert {"InferFunction", "HttpApiFunction", "Store", "Jobs"} <= set(
        listed_resources(emulator, STACK)
    )
    told = json.loads(samovar(*command, "--dry-run", "-p", "Webhooks=").stdout)
    assert "Events/WebhookSecret (AWS::SecretsManager::Secret)" in told["removed"]
    second = samovar(*command, "-p", "CorsOrigins=https://a.example")
    assert second.exit_code == 0, second.stderr
    again = json.loads(second.stdout)
    assert again["uploaded_bytes"] == 0
    assert again["changes"]["CorsOrigins"] == {"from": "", "to": "https://a.example"}
    assert again["removed"] == []
    api = listed_resources(emulator, STACK)["Api"]
    assert "PreflightRoute" in listed_resources(emulator, api)
    gone = samovar("destroy", "--stack", STACK, "--yes", "--buckets", "--json")
    assert gone.exit_code == 0, gone.stderr
    assert json.loads(gone.stdout)["deleted"] is True
    left = json.loads(samovar("destroy", "--stack", STACK, "--dry-run", "--json").stdout)
    assert (left["state"], left["buckets"]) == ("ABSENT", [])


def test_sam_reads_our_parameters_as_they_were_meant():
    values = {"A": "", "B": "a b", "C": "*", "D": 'say "x"', "E": "a,b=c"}
    code = (
        "import json, sys; from samcli.cli.types import CfnParameterOverridesType as Type; "
        "print(json.dumps(Type().convert(tuple(sys.argv[1:]), None, None)))"
    )
    command = [SAM.parent / "python", "-c", code, *as_words(values)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == values
