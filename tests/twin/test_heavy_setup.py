"""How the twin comes to an endpoint: from the template's parameters to what a container finds."""

from dataclasses import replace
from pathlib import Path

import pytest
from samovar_cli.twin.application import Application
from samovar_cli.twin.heavy import container_variables, endpoint_of
from samovar_cli.twin.options import ENDPOINT, LIVE_ENDPOINT, Options
from samovar_cli.twin.site import Site, variables

from tests.twin.host import function
from tests.twin.running import samovar

SITE = Site(Path("app"), Path("python"), Path("scratch"), Path("models"), "http://aws")
DISPATCH = function(
    "GpuDispatch",
    environment={
        "SAMOVAR_ENDPOINT": "gpu",
        "SAMOVAR_DATA_BUCKET": "data",
        "SAMOVAR_ENDPOINT_SLOTS": "3",
    },
)
TOPICS = {"SuccessTopic": "arn:s", "ErrorTopic": "arn:e", "Other": "x"}
TYPES = {"SuccessTopic": "AWS::SNS::Topic", "ErrorTopic": "AWS::SNS::Topic", "Other": "AWS::X"}


def test_the_template_is_told_of_an_endpoint_that_exists_unless_there_is_to_be_none() -> None:
    told = {"Gpu": "on", "ExistingEndpoint": ENDPOINT, "StreamEndpoint": LIVE_ENDPOINT}
    assert told.items() <= Options().parameters.items()
    assert not told.keys() & Options(gpu=False).parameters.keys()


def test_an_endpoint_is_what_a_functions_variables_name() -> None:
    found = endpoint_of(Application((function("Plain"), DISPATCH), resources=TOPICS, types=TYPES))
    assert found is not None
    assert (found.name, found.concurrent) == ("gpu", 3)
    assert (found.success_topic, found.error_topic) == ("arn:s", "arn:e")
    assert found.output_path == "s3://data/results/endpoint"
    assert found.failure_path == "s3://data/results/endpoint-errors"


def test_an_application_whose_functions_name_none_has_no_endpoint() -> None:
    assert endpoint_of(Application((function("Plain"),))) is None


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:1"])
def test_functions_find_sagemaker_where_there_is_one(url: str, tmp_path: Path) -> None:
    found = variables(function("Plain"), replace(SITE, sagemaker_url=url), tmp_path)
    assert found.get("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", "") == url


def test_a_container_finds_the_accounts_other_services_and_room_for_large_inputs() -> None:
    found = container_variables(SITE)
    assert found["AWS_ENDPOINT_URL"] == "http://aws"
    assert int(found["SAMOVAR_MAX_BODY_BYTES"]) >= 1024**3
    assert int(found["SAMOVAR_TIMEOUT_S"]) == 3600


def test_chaos_that_there_is_not_is_told_before_anything_starts(tmp_path: Path) -> None:
    done = samovar("up", "--port", "0", "--state-dir", str(tmp_path / "s"), "--chaos", "burn=1")
    assert done.returncode == 1
    assert "--chaos does not know 'burn=1'" in done.stderr
