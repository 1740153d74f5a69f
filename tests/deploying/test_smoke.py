"""The smoke test: golden examples over HTTP, signed where the API is closed."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
from botocore.credentials import Credentials
from samovar.errors import CommandFailed
from samovar_cli.deploying.account import Account
from samovar_cli.deploying.asking import try_api, wait_ready
from samovar_cli.deploying.placing import Place, place_models
from samovar_cli.deploying.steps import Steps
from samovar_cli.server import Server
from samovar_cli.signing import TOKEN_VARIABLE, auth_for, signed

from tests.cli.job_server import JobServer
from tests.deploying.conftest import ACCOUNT_ID, REGION, having
from tests.deploying.signed_api import SignedApi

pytestmark = pytest.mark.xdist_group("deploying")
MINE = Credentials("AKIDEXAMPLE", "secret", "token")


@pytest.fixture(scope="module")
def api(original):
    """What is deployed, closed."""
    behind = JobServer(original / "models")
    behind.start()
    closed = SignedApi(behind.url, MINE, REGION)
    closed.start()
    yield closed
    closed.end()
    behind.end()


@pytest.fixture
def account():
    session = SimpleNamespace(get_credentials=lambda: MINE)
    return Account(session, ACCOUNT_ID, REGION)


def placed(project):
    return place_models(project.root / "models", gpu=False)


def test_every_golden_example_is_asked_with_a_signature_and_answered_as_here(api, account, project):
    refused = api.refused
    found = try_api(project, account, api.url, placed(project), Steps(verbose=False))
    assert found is not None
    assert {each.model for each in found.tried} >= {"mood", "price"}
    assert (found.summary, api.refused) == ("", refused)
    assert all(each.milliseconds > 0 for each in found.tried)


def test_an_answer_that_is_another_than_here_is_a_fault(api, account, project, tmp_path):
    root = tmp_path / "changed"
    shutil.copytree(project.root / "models", root / "models")
    manifest = root / "models" / "price" / "model.toml"
    text = manifest.read_text()
    assert "expect = " in text
    manifest.write_text(text.replace("value = ", "value = 1"))
    found = try_api(
        replace(project, root=root), account, api.url, placed(project), Steps(verbose=False)
    )
    assert found is not None
    assert {each.model for each in found.faults} == {"price"}
    assert f"{len(found.faults)} of {len(found.tried)} golden examples" in found.summary


def test_a_model_that_is_not_there_is_a_fault_of_that_model_alone(api, account, project, tmp_path):
    root = tmp_path / "more"
    shutil.copytree(project.root / "models", root / "models")
    (root / "models" / "price").rename(root / "models" / "cost")
    more = replace(project, root=root)
    found = try_api(more, account, api.url, placed(more), Steps(verbose=False))
    assert found is not None
    assert {each.model for each in found.faults} == {"cost"}
    assert "model_not_found" in found.faults[0].fault


def test_heavy_models_and_those_not_built_are_not_asked_and_it_is_said_why(api, account, project):
    models = placed(project)
    heavy = [replace(each, lane="heavy") if each.name == "mood" else each for each in models]
    none = [replace(each, place=Place.NOWHERE) if each.name == "price" else each for each in heavy]
    found = try_api(project, account, api.url, none, Steps(verbose=False))
    assert found is not None
    assert {name for name, _ in found.skipped} == {"mood", "price"}
    assert not {"mood", "price"} & {each.model for each in found.tried}


def test_with_a_gpu_nothing_is_asked_that_might_wake_it(api, account, project):
    models = [replace(each, lane="auto") for each in placed(project)]
    found = try_api(having(project, "Gpu=on"), account, api.url, models, Steps(verbose=False))
    assert found is not None
    assert (found.tried, len(found.skipped)) == ((), len(models))


def test_who_may_not_call_is_told_which_permission_it_takes(api):
    pauses = []
    other = signed(Credentials("AKIDEXAMPLE", "another"), REGION)
    with pytest.raises(CommandFailed, match="execute-api:Invoke on the output ApiArn"):
        wait_ready(api.url, other, pauses.append)
    assert len(pauses) > 3, "a role that was just made takes a moment to be known"


def test_nobody_who_listens_is_told_so():
    with pytest.raises(CommandFailed, match="does not answer"):
        wait_ready("http://127.0.0.1:9", None, lambda _seconds: None)


def test_an_api_that_takes_tokens_is_asked_only_with_one(api, account, project, monkeypatch):
    jwt = having(project, "AuthMode=jwt")
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert try_api(jwt, account, api.url, placed(project), Steps(verbose=False)) is None


def test_the_command_signs_for_an_api_gateway_and_for_nobody_else(monkeypatch):
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    assert auth_for("https://a1b2.execute-api.eu-central-1.amazonaws.com/v1") is not None
    for url in ("https://example.com", "http://127.0.0.1:8000", "https://execute-api.evil.com"):
        assert auth_for(url) is None
    assert auth_for("https://a.execute-api.eu-central-1.amazonaws.com.evil.com") is None
    monkeypatch.setenv(TOKEN_VARIABLE, "t")
    assert auth_for("https://example.com") is not None


def test_a_signed_request_is_one_that_any_of_our_commands_makes(api):
    server = Server(api.url, signed(MINE, REGION))
    answer = server.send(
        "POST", "/v1/models/mood/predict", b"a great day", {"content-type": "text/plain"}
    )
    assert answer.document()["label"] == "good"
