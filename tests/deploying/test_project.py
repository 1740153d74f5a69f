"""What is deployed where: samconfig.toml, the command line, names that AWS takes; idle bills."""

import pytest
from samovar.errors import CommandFailed
from samovar_cli.deploying.idle import Stored, idle_bill
from samovar_cli.deploying.parts import of_type
from samovar_cli.deploying.project import Asked, read_project
from samovar_cli.simulate.prices import read_prices

from tests.deploying.conftest import having


def config(clone, text):
    (clone.root / "samconfig.toml").write_text(text)


def test_the_command_line_goes_before_samconfig_and_that_before_the_template(clone):
    config(
        clone,
        '[default.global.parameters]\nstack_name = "mine"\nregion = "eu-west-1"\n'
        'parameter_overrides = ["InferMemory=3008", "LogLevel=DEBUG"]\n'
        '[default.deploy.parameters]\nregion = "eu-north-1"\n',
    )
    project = clone.project("LogLevel=ERROR")
    assert (project.stack, project.region) == ("mine", "eu-north-1")
    assert project.values["InferMemory"] == "3008"
    assert project.values["LogLevel"] == "ERROR"
    assert project.values["JobConcurrency"] == "10"


def test_another_environment_of_samconfig_may_be_named(clone):
    config(clone, '[staging.global.parameters]\nstack_name = "samovar-staging"\n')
    assert clone.project(config_env="staging").stack == "samovar-staging"
    with pytest.raises(CommandFailed, match=r"has no \[default\]: it has staging"):
        clone.project()


def test_a_project_needs_no_samconfig(clone):
    (clone.root / "samconfig.toml").unlink()
    assert clone.project().stack == "samovar"


@pytest.mark.parametrize("name", ["Samovar", "1st", "a_b", "x" * 40])
def test_a_stack_whose_name_is_no_buckets_is_refused_before_anything_is_built(clone, name):
    with pytest.raises(CommandFailed, match="bucket"):
        clone.project(stack=name)


def test_elsewhere_than_in_a_clone_is_said_so(tmp_path):
    with pytest.raises(CommandFailed, match="a clone of samovar's repository"):
        read_project(Asked(tmp_path))


@pytest.mark.parametrize(
    ("overrides", "there", "absent"),
    [
        ((), {"Events/WebhookSecret", "Store/ModelsBucket"}, {"Heavy", "GpuEndpoint"}),
        (("Webhooks=",), {"Events"}, {"Events/WebhookSecret"}),
        (("Gpu=on",), {"Heavy/HeavyQueue", "GpuEndpoint/Endpoint"}, set()),
        (("Gpu=on", "ExistingEndpoint=mine"), {"Heavy/HeavyQueue"}, {"GpuEndpoint"}),
        (("ExistingModelsBucket=mine",), {"Store"}, {"Store/ModelsBucket"}),
    ],
)
def test_parameters_decide_which_resources_there_are(project, overrides, there, absent):
    names = {part.name for part in having(project, *overrides).parts()}
    assert there <= names
    assert not absent & names


def test_names_within_inner_stacks_are_those_of_the_outer_one(project):
    (bucket,) = [part for part in project.parts() if part.path[-1] == "DataBucket"]
    assert bucket.properties["BucketName"].startswith("samovar-data-")


def idle(project, *overrides):
    return sum(
        idle_bill(having(project, *overrides).parts(), Stored(), "x86_64", read_prices()).values()
    )


def test_a_quiet_month_costs_what_the_page_on_deploying_says(project):
    told = idle(project) - idle(project, "Webhooks=")
    assert told == pytest.approx(0.66, abs=0.01)
    assert idle(project, "Webhooks=") == pytest.approx(0.30, abs=0.03)
    topic = ("Webhooks=", "AlarmTopic=arn:aws:sns:x:y:z")
    asleep = idle(project, *topic, "Gpu=on") - idle(project, *topic)
    assert asleep == pytest.approx(1.20, abs=0.05)


def test_what_lies_in_buckets_costs_and_what_is_kept_ready_does(project):
    prices = read_prices()
    stored = idle_bill([], Stored(10**9, 2 * 10**9), "x86_64", prices)
    assert stored["models in the bucket"] == prices["s3.gb_month"]
    assert stored["deployed code"] == 2 * prices["s3.gb_month"]
    ready = idle(project, "InferReady=2") - idle(project)
    gb_month = prices["lambda.provisioned_gb_second_x86_64"] * 730 * 3600
    assert ready == pytest.approx(2 * 1769 / 1024 * gb_month)


def test_every_queue_of_the_template_is_polled_once(project):
    found = of_type(having(project, "Gpu=on").parts(), "AWS::Lambda::EventSourceMapping")
    assert {part.path[-1] for part in found} == {
        "JobWorkerQueue",
        "JobEventsQueue",
        "GpuDispatchQueue",
    }
