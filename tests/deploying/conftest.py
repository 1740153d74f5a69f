"""A project as a clone has it, a SAM CLI that only plays one, and an account in moto."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from samovar_cli.deploying.account import Account
from samovar_cli.deploying.project import Asked, Project, read_project
from samovar_cli.main import app
from typer.testing import CliRunner, Result

from tests.moto_server import moto_url
from tests.tiny_models import write_models

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-central-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
ACCOUNT_ID = "123456789012"  # moto's
Samovar = Callable[..., Result]


@dataclass(frozen=True, slots=True)
class Clone:
    """A project's folder, and what its SAM CLI was asked."""

    root: Path

    @property
    def asked(self) -> list[list[str]]:
        """The words of each call of `sam`, in order."""
        log = self.root / "sam.log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def project(self, *overrides: str, **said: str) -> Project:
        """It as it is read."""
        return read_project(Asked(self.root, overrides=overrides, **said))


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What clones are copied from."""
    root = tmp_path_factory.mktemp("original")
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(ROOT / "stacks", root / "stacks")
    for name in ("functions", "layers", "shared"):
        (root / name).mkdir()
        (root / name / "file").write_text(name)
    write_models(root / "models")
    sam = root / ".venvs" / "sam" / "bin" / "sam"
    sam.parent.mkdir(parents=True)
    played = (Path(__file__).parent / "played_sam.py").read_text()
    sam.write_text(f"#!{sys.executable}\n{played}")
    sam.chmod(0o755)
    shutil.copy(sam, sam.with_name("cfn-lint"))
    return root


@pytest.fixture(scope="session")
def project(original: Path) -> Project:
    """The original as it is read; reading YAML takes its time."""
    return read_project(Asked(original))


def having(project: Project, *overrides: str) -> Project:
    """The project with other values for some parameters."""
    given = dict(each.split("=", 1) for each in overrides)
    return replace(project, overrides=given, values={**project.values, **given})


@pytest.fixture
def clone(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """A clone of its own, in which the test stands, without any credentials."""
    root = tmp_path / "clone"
    shutil.copytree(original, root)
    monkeypatch.chdir(root)
    for name in (*KEYS, "AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("COLUMNS", "120")
    return Clone(root)


@pytest.fixture
def samovar() -> Samovar:
    """Runs `samovar …` in this process."""

    def run(*arguments: object, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, [str(word) for word in arguments], input=stdin)

    return run


@pytest.fixture(scope="session")
def cloud() -> Iterator[str]:
    """Where an account in moto answers."""
    yield from moto_url()


@pytest.fixture
def signed_in(cloud: str, clone: Clone, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The account with credentials for it in the environment; it is empty again afterwards."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud)
    yield cloud
    _post(f"{cloud}/moto-api/reset")


@pytest.fixture(scope="session")
def _clients(cloud: str) -> dict[str, Any]:
    """To make a client takes its time: one of each for all tests."""
    session: Any = boto3.Session("test", "test", region_name=REGION)
    return {each: session.client(each, endpoint_url=cloud) for each in ("s3", "cloudformation")}


@pytest.fixture
def account(signed_in: str, _clients: dict[str, Any]) -> Account:
    """The same as a value."""
    session: Any = boto3.Session(region_name=REGION)
    return Account(session, ACCOUNT_ID, REGION, _clients)


def _post(url: str) -> None:
    import urllib.request

    with urllib.request.urlopen(urllib.request.Request(url, method="POST")):
        pass


@pytest.fixture(scope="module")
def clients() -> dict[str, Any]:
    """Real clients, for stubs to answer."""
    session = boto3.Session("test", "test", region_name=REGION)
    return {
        each: session.client(each) for each in ("cloudformation", "ecr", "lambda", "service-quotas")
    }
