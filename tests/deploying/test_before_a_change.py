"""What comes first of a deployment, and what an account must have before any of it."""

import pytest
from botocore.stub import Stubber
from samovar.errors import CommandFailed
from samovar_cli.deploying.account import Account
from samovar_cli.deploying.changing import deploy_words, phases
from samovar_cli.deploying.concurrency import check_concurrency
from samovar_cli.deploying.gpu import check_endpoint, first_cost
from samovar_cli.deploying.placing import Place, Placed
from samovar_cli.deploying.preparing import models_bucket
from samovar_cli.deploying.stacks import Stack
from samovar_cli.simulate.prices import read_prices

from tests.deploying.conftest import ACCOUNT_ID, REGION, having

WHISPER = Placed("whisper", "heavy", Place.BUCKET, ("1",), 10**8)


@pytest.fixture
def account(clients):
    return Account(None, ACCOUNT_ID, REGION, clients)


def test_models_come_before_an_endpoint_and_a_bucket_before_models(project):
    plain, gpu = project, having(project, "Gpu=on")
    assert [each.uploads for each in phases(plain, "")] == [False, True]
    assert [each.uploads for each in phases(gpu, "bucket")] == [True, False]
    first, second, third = phases(gpu, "")
    assert (dict(first.others), second.uploads, dict(third.others)) == ({"Gpu": "off"}, True, {})
    own = having(project, "Gpu=on", "ExistingEndpoint=mine")
    assert [each.uploads for each in phases(own, "")] == [False, True]


@pytest.mark.parametrize(
    ("overrides", "state", "had", "bucket"),
    [
        ((), "ABSENT", "", ""),
        ((), "UPDATE_COMPLETE", "", "made"),
        (("ExistingModelsBucket=mine",), "ABSENT", "", "mine"),
        (("ExistingModelsBucket=mine",), "UPDATE_COMPLETE", "", "mine"),
        ((), "UPDATE_COMPLETE", "mine", ""),
        ((), "ROLLBACK_COMPLETE", "", ""),
    ],
)
def test_the_bucket_of_models_is_known_where_it_is_there_and_stays(
    project, overrides, state, had, bucket
):
    outputs = {} if state == "ABSENT" else {"ModelsBucketName": had or "made"}
    stack = Stack("s", state, "", outputs, {"ExistingModelsBucket": had})
    assert models_bucket(having(project, *overrides), stack) == bucket


def test_sam_is_told_every_parameter_for_one_that_is_left_out_would_stay(project):
    words = deploy_words(having(project, "CorsOrigins=https://a b"), REGION, {"Gpu": "off"})
    given = words[words.index("--parameter-overrides") + 1 :]
    assert len(given) == len(project.values)
    assert 'CorsOrigins="https://a b"' in given
    assert 'Gpu="off"' in given
    assert 'Preload=""' in given
    assert "--resolve-s3" in words


@pytest.mark.parametrize(
    ("code", "quota", "said"),
    [
        ("RepositoryNotFoundException", None, "has no image samovar:gpu"),
        ("ImageNotFoundException", None, "has no image samovar:gpu"),
        ("", 0, "may have 0 × ml.g4dn.xlarge for endpoints"),
        ("", 1, ""),
        ("", None, ""),
    ],
)
def test_an_endpoint_is_refused_before_it_fails_for_its_image_or_its_quota(
    account, clients, project, code, quota, said
):
    gpu = having(project, "Gpu=on")
    with Stubber(clients["ecr"]) as ecr, Stubber(clients["service-quotas"]) as quotas:
        wanted = {"repositoryName": "samovar", "imageIds": [{"imageTag": "gpu"}]}
        if code:
            ecr.add_client_error("describe_images", code, expected_params=wanted)
        else:
            ecr.add_response("describe_images", {}, wanted)
        named = {"QuotaName": "ml.g4dn.xlarge for endpoint usage", "Value": quota}
        if quota is None:
            quotas.add_client_error("list_service_quotas", "AccessDenied")
        else:
            quotas.add_response("list_service_quotas", {"Quotas": [named]})
        if not said:
            check_endpoint(gpu, account, [WHISPER], [])
            return
        with pytest.raises(CommandFailed, match=said):
            check_endpoint(gpu, account, [], ["whisper"])


def test_an_endpoint_without_any_heavy_model_is_refused(account, project):
    light = Placed("digits", "light", Place.BUCKET, ("1",), 1)
    with pytest.raises(CommandFailed, match="none is built here"):
        check_endpoint(having(project, "Gpu=on"), account, [light], [])


def test_the_instance_that_a_new_endpoint_starts_with_is_told_beforehand(project):
    prices = read_prices()
    assert first_cost(project, prices) == 0
    assert first_cost(having(project, "Gpu=on", "ExistingEndpoint=mine"), prices) == 0
    gpu = having(project, "Gpu=on")
    assert first_cost(gpu, prices) == pytest.approx(prices["instances.ml.g4dn.xlarge"] / 2)
    assert first_cost(having(project, "Gpu=on", "GpuInstanceType=ml.p9.large"), prices) == 0


@pytest.mark.parametrize(
    ("overrides", "limit", "refused", "told"),
    [
        ((), 1000, "", ""),
        ((), 10, "", "10 environments run at once; more callers get 429"),
        ((), None, "", ""),
        (("ReservedConcurrency=900",), 1000, "", ""),
        (("ReservedConcurrency=901",), 1000, "ReservedConcurrency=901: the account lets 1000", ""),
        (("InferReady=5",), 10, "InferReady=5: the account lets 10", ""),
    ],
)
def test_what_an_account_lets_run_at_once_is_told_before_lambda_refuses(
    project, clients, overrides, limit, refused, told
):
    client = clients["lambda"]
    with Stubber(client) as stub:
        if limit is None:
            stub.add_client_error("get_account_settings", "AccessDenied")
        else:
            answer = {"AccountLimit": {"ConcurrentExecutions": limit}}
            stub.add_response("get_account_settings", answer)
        small = Account(None, ACCOUNT_ID, REGION, {"lambda": client})
        if refused:
            with pytest.raises(CommandFailed, match=refused):
                check_concurrency(having(project, *overrides), small)
            return
        assert told in check_concurrency(having(project, *overrides), small)
