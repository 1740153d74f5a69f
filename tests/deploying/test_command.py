"""`samovar deploy` and `samovar destroy` as they are typed, with a SAM CLI that plays one."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from samovar_cli.deploying.building import is_built
from samovar_cli.deploying.sizes import LIMIT_BYTES

from tests.cli.job_server import JobServer
from tests.deploying.conftest import ACCOUNT_ID

pytestmark = pytest.mark.xdist_group("deploying")
MANIFEST = '{"mediaType": "application/vnd.oci.image.manifest.v1+json"}'
TOPIC = ("-p", f"AlarmTopic=arn:aws:sns:x:{ACCOUNT_ID}:me")
ARM = ("-p", "Architecture=arm64")  # compiled elsewhere, so not here: that takes a second


@pytest.fixture(autouse=True)
def _elsewhere(clone, monkeypatch):
    """Not for this machine's architecture, unless a test says so."""
    monkeypatch.setattr("platform.machine", lambda: "riscv64")


def test_without_an_account_the_whole_plan_is_shown(samovar, clone):
    done = samovar("deploy", "--dry-run", "--region", "eu-west-1")
    assert done.exit_code == 0, done.stderr
    shown = " ".join(done.stdout.split())
    for said in (
        "stack samovar", "region eu-west-1", "InferFunction", "RuntimeLayer", "sums", "layer",
        "price", "bucket", "a month in which nobody calls", "secrets (1) 0.40",
        "What is deployed already was not looked at: there are no AWS credentials",
    ):  # fmt: skip
        assert said in shown, said
    linted, built = clone.asked
    assert (linted[0], built[0]) == ("cfn-lint", "build")
    assert set(linted[1:]) == {"template.yaml", *map(str, Path("stacks").glob("*.yaml"))}


def test_without_the_linter_beside_it_sam_looks_at_each_template(samovar, clone, monkeypatch):
    (clone.root / ".venvs" / "sam" / "bin" / "cfn-lint").unlink()
    monkeypatch.setenv("PLAYED_SAM", "fail=build")
    samovar("deploy", "--dry-run")
    templates = 1 + len(list((clone.root / "stacks").iterdir()))
    assert [words[:2] for words in clone.asked[:-1]] == [["validate", "--lint"]] * templates


def test_the_plan_is_a_document_too(samovar, clone):
    done = samovar("deploy", "--dry-run", "--json", "--region", "eu-west-1", *TOPIC)
    found = json.loads(done.stdout)
    assert (found["stack"], found["region"], found["state"]) == ("samovar", "eu-west-1", None)
    assert found["parameters"] == {"AlarmTopic": "arn:aws:sns:x:************:me"}
    assert {each["name"]: each["to"] for each in found["models"]}["sums"] == "layer"
    assert found["removed"] is None
    assert sum(found["idle_month"].values()) < 1.5


def test_what_is_built_and_checked_is_not_again_until_a_source_changes(samovar, clone):
    samovar("deploy", "--dry-run")
    first = len(clone.asked)
    samovar("deploy", "--dry-run")
    assert len(clone.asked) == first
    (clone.root / "shared" / "file").write_text("changed")
    samovar("deploy", "--dry-run")
    assert [words[0] for words in clone.asked[first:]] == ["build"]
    samovar("deploy", "--dry-run", *ARM)
    assert 'Architecture="arm64"' in clone.asked[-1]
    assert not is_built(clone.project())


@pytest.mark.parametrize(
    ("command", "said"), [("cfn-lint", "not valid"), ("build", "build failed")]
)
def test_what_sam_refuses_is_shown_without_the_account_it_names(
    samovar, clone, monkeypatch, command, said
):
    monkeypatch.setenv("PLAYED_SAM", f"fail={command}")
    done = samovar("deploy", "--dry-run")
    assert done.exit_code == 1
    assert said in done.stderr
    assert "is not authorized to perform" in done.stderr
    assert ACCOUNT_ID not in done.stderr + done.stdout
    assert not is_built(clone.project())


def test_what_lambda_would_refuse_is_refused_here(samovar, clone, monkeypatch):
    monkeypatch.setenv("PLAYED_SAM", f"bytes={LIMIT_BYTES}")
    done = samovar("deploy", "--dry-run")
    assert done.exit_code == 1
    assert "too large for Lambda" in done.stderr
    assert "content.bin" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-p", "InferMemory=1"), "InferMemory=1: it is 256 at least"),
        (("-p", "Memory"), "is not NAME=VALUE"),
        (("--stack", "Mine"), "also names a bucket"),
        (("--config-env", "prod"), "has no [prod]"),
        (("--prices", "absent.toml"), "absent.toml cannot be read"),
        (("--profile", "absent", "--yes"), "absent"),
        (("--region", "eu-west-1", "--yes"), "there are no AWS credentials"),
    ],
)
def test_a_wrong_word_is_told_before_anything_is_built(samovar, clone, words, said):
    done = samovar("deploy", *words)
    assert done.exit_code == 1
    assert said in done.stderr.replace("\n", " ")
    assert clone.asked == []


def test_without_the_sam_cli_it_is_said_how_to_get_it(samovar, clone, monkeypatch):
    shutil.rmtree(clone.root / ".venvs")
    monkeypatch.setenv("PATH", str(clone.root))
    done = samovar("deploy", "--dry-run")
    assert done.exit_code == 1
    assert "`make .venvs/.stamps/sam` sets it up here" in done.stderr.replace("\n", " ")


def test_models_that_are_not_built_are_made(samovar, clone, monkeypatch):
    version = clone.root / "models" / "sums" / "1"
    version.rename(clone.root / "kept")
    (clone.root / "Makefile").write_text(".PHONY: models\nmodels:\n\tmv kept models/sums/1\n")
    done = samovar("deploy", "--dry-run")
    assert done.exit_code == 0, done.stderr
    assert version.is_dir()
    version.rename(clone.root / "kept")
    (clone.root / "Makefile").write_text(".PHONY: models\nmodels:\n\tfalse\n")
    assert "`make models` failed" in samovar("deploy", "--dry-run").stderr


def deployed(samovar, monkeypatch, *words, url="http://127.0.0.1:9"):
    monkeypatch.setenv("PLAYED_SAM", f"url={url}")
    monkeypatch.setenv("PATH", os.environ["PATH"])
    return samovar("deploy", "--yes", "--no-smoke", *words)


@pytest.mark.slow
def test_nobody_is_asked_where_nobody_is(samovar, signed_in):
    done = samovar("deploy")
    assert done.exit_code == 1
    assert "--yes deploys" in done.stderr
    assert "a month in which nobody calls" in done.stdout


def typed(answer, *words):
    """What `samovar …` does where somebody at a terminal types an answer."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from samovar_cli.main import main; main()", *words]
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(command, stdin=theirs, capture_output=True, text=True, check=False)
    os.close(ours)
    os.close(theirs)
    return done


@pytest.mark.slow
def test_who_is_asked_may_say_no(samovar, clone, signed_in, monkeypatch):
    done = typed("n", "deploy", *ARM)
    assert (done.returncode, clone.asked[-1][0]) == (1, "build")
    assert "Deploy samovar?" in done.stderr
    assert "nothing was deployed" in done.stderr
    deployed(samovar, monkeypatch, *ARM)
    refused = typed("samova", "destroy")
    assert (refused.returncode, "nothing was deleted" in refused.stderr) == (1, True)
    agreed = typed("samovar", "destroy", "--buckets")
    assert (agreed.returncode, "samovar is gone\n" in agreed.stdout) == (0, True), agreed.stderr


@pytest.mark.slow
def test_a_deployment_uploads_models_and_keeps_names_that_it_does_not_show(
    samovar, clone, signed_in, account, monkeypatch
):
    done = deployed(samovar, monkeypatch, "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert ACCOUNT_ID not in done.stdout + done.stderr
    assert (found["state"], found["smoke"]) == ("CREATE_COMPLETE", None)
    assert found["uploaded_bytes"] > 0
    assert "************" in found["outputs"]["ApiArn"]
    path = clone.root / ".samovar" / "deployed" / "samovar.eu-central-1.json"
    kept = json.loads(path.read_text())
    assert kept["buckets"][1] == f"samovar-data-{ACCOUNT_ID}-eu-central-1"
    assert path.stat().st_mode & 0o77 == 0, "for this user's eyes alone"
    listed = account.client("s3").list_objects_v2(Bucket=kept["outputs"]["ModelsBucketName"])
    assert "models/price/model.toml" in {each["Key"] for each in listed["Contents"]}
    again = json.loads(deployed(samovar, monkeypatch, "--json").stdout)
    assert again["uploaded_bytes"] == 0
    assert "Former (AWS::SQS::Queue)" in again["removed"]


@pytest.mark.slow
def test_a_new_endpoint_finds_its_models_in_the_bucket(
    samovar, clone, signed_in, account, monkeypatch
):
    path = clone.root / "models" / "price" / "model.toml"
    path.write_text(f'lane = "heavy"\n{path.read_text()}')
    refused = deployed(samovar, monkeypatch, "-p", "Gpu=on")
    assert refused.exit_code == 1
    assert "registry has no image samovar:gpu" in refused.stderr
    assert clone.asked == [], "before anything is built"
    registry = account.session.client("ecr")
    registry.create_repository(repositoryName="samovar")
    registry.put_image(repositoryName="samovar", imageManifest=MANIFEST, imageTag="gpu")
    done = deployed(samovar, monkeypatch, "-p", "Gpu=on")
    assert done.exit_code == 0, done.stderr
    first, second, objects = [words for words in clone.asked if words[0] in ("deploy", "objects")]
    assert ('Gpu="off"' in first, 'Gpu="on"' in second) == (True, True)
    assert int(objects[1]) > 5
    assert "Deploying starts one instance" in done.stdout


@pytest.mark.slow
def test_a_bucket_of_ones_own_has_to_be_there_and_is_never_deleted(
    samovar, clone, signed_in, account, monkeypatch
):
    own = ("-p", "ExistingModelsBucket=mine")
    refused = deployed(samovar, monkeypatch, *own)
    assert refused.exit_code == 1
    assert "the bucket of models, mine, is not there" in refused.stderr
    where = {"LocationConstraint": "eu-central-1"}
    account.client("s3").create_bucket(Bucket="mine", CreateBucketConfiguration=where)
    (clone.root / "samconfig.toml").write_text(
        '[default.global.parameters]\nparameter_overrides = ["ExistingModelsBucket=mine"]\n'
    )
    assert deployed(samovar, monkeypatch).exit_code == 0
    assert samovar("destroy", "--yes", "--buckets").exit_code == 0
    assert [each["Name"] for each in account.client("s3").list_buckets()["Buckets"]] == ["mine"]


@pytest.mark.slow
def test_a_failed_deployment_says_why_and_what_to_do(samovar, clone, signed_in, monkeypatch):
    monkeypatch.setenv("PLAYED_SAM", "fail=deploy")
    done = samovar("deploy", "--yes")
    assert done.exit_code == 1
    said = " ".join(done.stderr.split())
    assert "the deployment failed" in said
    assert "→ these credentials may not do all of it: docs/deploy.md" in said
    assert ACCOUNT_ID not in done.stdout + done.stderr


@pytest.mark.slow
def test_wrong_answers_are_a_fault_after_all_is_deployed(samovar, clone, signed_in, monkeypatch):
    shutil.copytree(clone.root / "models", clone.root / "served")
    shutil.rmtree(clone.root / "served" / "price")
    server = JobServer(clone.root / "served")
    server.start()
    monkeypatch.setenv("PLAYED_SAM", f"url={server.url}")
    done = samovar("deploy", "--yes", "-p", "AuthMode=none")
    server.end()
    assert done.exit_code == 1
    said = " ".join(done.stderr.split())
    assert re.search(r"it is deployed, and \d of \d golden examples are not answered as", said)
    assert f"deployed: {server.url}" in done.stdout
    assert "(model_not_found)" in done.stdout


@pytest.mark.slow
def test_a_stack_goes_and_its_buckets_stay_until_they_are_named(
    samovar, clone, signed_in, account, monkeypatch
):
    deployed(samovar, monkeypatch)
    listed = account.session.client("sqs")
    queue = listed.list_queues()["QueueUrls"][0]
    listed.send_message(QueueUrl=queue, MessageBody="a job")
    shown = samovar("destroy", "--dry-run")
    assert "wait in its queues, and are lost: 1" in shown.stdout
    assert "AWS::SQS::Queue" in shown.stdout
    assert "stays; --buckets deletes it" in shown.stdout
    refused = samovar("destroy")
    assert (refused.exit_code, "--yes deletes" in refused.stderr) == (1, True)
    gone = samovar("destroy", "--yes", "--json")
    found = json.loads(gone.stdout)
    assert (found["deleted"], len(found["buckets"])) == (True, 1)
    there = account.client("s3").list_buckets()["Buckets"]
    assert len(there) == 1
    assert json.loads(samovar("destroy", "--yes", "--json").stdout)["deleted"] is False
    last = samovar("destroy", "--yes", "--buckets")
    assert last.exit_code == 0, last.stderr
    assert account.client("s3").list_buckets()["Buckets"] == []
    assert not list((clone.root / ".samovar" / "deployed").iterdir())
