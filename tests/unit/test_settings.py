"""The environment: read once, each bad variable told, all of them at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import SettingsInvalid
from samovar.settings import _VARIABLES, Settings, read_settings, trace_id

GOOD = {
    "SAMOVAR_MODELS_DIR": "/srv/models",
    "SAMOVAR_MODELS_BUCKET": "my-models",
    "SAMOVAR_MODELS_PREFIX": "team/models",
    "SAMOVAR_CACHE_DIR": "/tmp/cache",
    "SAMOVAR_RESPONSE_CACHE": "process",
    "SAMOVAR_RESPONSE_CACHE_BYTES": "1000000",
    "SAMOVAR_PRELOAD": " minilm, digits ,,",
    "SAMOVAR_MAX_BODY_BYTES": "1000",
    "SAMOVAR_LOG_LEVEL": "warning",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1770",
    "SAMOVAR_THREADS": "3",
    "AWS_LAMBDA_FUNCTION_NAME": "infer",
    "SAMOVAR_JOBS_TABLE": "jobs",
    "SAMOVAR_JOBS_QUEUE_URL": "https://queue/light",
    "SAMOVAR_DATA_BUCKET": "my-data",
    "SAMOVAR_HEAVY_QUEUE_URL": "https://queue/heavy",
    "SAMOVAR_ENDPOINT": "samovar-gpu",
    "SAMOVAR_ENDPOINT_INSTANCES": "2",
    "SAMOVAR_ENDPOINT_SLOTS": "3",
    "SAMOVAR_DRAIN_S": "600",
    "SAMOVAR_CALL_MS": "2500",
    "SAMOVAR_CALL_TTL_S": "7200",
    "SAMOVAR_CALL_TIMEOUT_S": "300",
    "SAMOVAR_INLINE_BYTES": "2000",
    "SAMOVAR_SYNC_LIMIT_MS": "9000",
    "SAMOVAR_ANSWER_BYTES": "3000",
    "SAMOVAR_AUTO_LANE": "worth=12.5,speed=40 instances=3,",
    "SAMOVAR_EVENTS_QUEUE_URL": "https://queue/events",
    "SAMOVAR_SINKS": "webhook, eventbridge",
    "SAMOVAR_WEBHOOK_ALLOW": "hooks.example.com, http://127.0.0.1",
    "SAMOVAR_WEBHOOK_SECRET": "whsec_" + "a" * 40,
    "SAMOVAR_WEBHOOK_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1::secret:webhooks",
    "SAMOVAR_UPLOADS_WEBHOOK": "https://hooks.example.com/uploads",
    "SAMOVAR_EVENT_BUS": "jobs",
    "SAMOVAR_EVENT_TOPIC": "arn:aws:sns:eu-central-1::jobs",
    "SAGEMAKER_BIND_TO_PORT": "8081",
    "SAMOVAR_TIMEOUT_S": "600",
    "SAMOVAR_STREAM_ENDPOINT": "live",
    "SAMOVAR_STREAM_LIMIT_S": "600",
    "SAMOVAR_STREAM_TIMEOUT_S": "300",
    "SAMOVAR_IN_FLIGHT": "64",
    "SAMOVAR_BATCH_DELAY_MS": "5",
    "SAMOVAR_BATCH_MAX_BYTES": "1000000",
    "SAMOVAR_COLLECTIONS_DIR": "/srv/collections",
}
BAD = {
    "SAMOVAR_MODELS_BUCKET": ["s3://my-models", "My_Models", "a", "x" * 64, "my models"],
    "SAMOVAR_MODELS_PREFIX": ["/models", "../models", "a/../b"],
    "SAMOVAR_MAX_BODY_BYTES": ["0", "-1", "1e6", "6 MB", "1_000", "²", "9" * 5000],
    "SAMOVAR_LOG_LEVEL": ["LOUD", "10"],
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": ["0", "128MB"],
    "SAMOVAR_RESPONSE_CACHE": ["on", "SHARED", "/tmp"],
    "SAMOVAR_SINKS": ["email", "webhook,pigeon"],
    "SAMOVAR_WEBHOOK_ALLOW": ["https://a.example", "http://a.example", "a b", "a.*", "a.example:x"],
    "SAMOVAR_CALL_TTL_S": ["59", "21601"],
    "SAMOVAR_AUTO_LANE": [
        *("40", "speed=", "speed=0", "speed=0.0", "spede=4", "speed=-1"),
        *("speed=nan", "speed=1e9", "speed=4;worth=2", "instances=1.5"),
    ],
    "SAMOVAR_CALL_TIMEOUT_S": ["0", "3601"],
}


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read_settings({}) == Settings()
    assert read_settings(dict.fromkeys(GOOD, "  ")) == Settings()


def test_each_variable_has_its_field() -> None:
    found = read_settings(GOOD)
    assert (found.models_dir, found.cache_dir) == (Path("/srv/models"), Path("/tmp/cache"))
    assert (found.models_bucket, found.models_prefix) == ("my-models", "team/models/")
    assert found.preload == ("minilm", "digits")
    assert (found.response_cache, found.response_cache_bytes) == ("process", 1_000_000)
    assert (found.max_body_bytes, found.log_level, found.memory_mb) == (1000, "WARNING", 1770)
    assert (found.function, found.threads) == ("infer", 3)  # which say more than the memory
    assert (found.jobs_table, found.data_bucket) == ("jobs", "my-data")
    assert found.jobs_queue_url == "https://queue/light"
    assert found.heavy_queue_url == "https://queue/heavy"
    assert (found.inline_bytes, found.sync_limit_ms, found.answer_bytes) == (2000, 9000, 3000)
    assert (found.endpoint, found.endpoint_instances, found.endpoint_slots) == ("samovar-gpu", 2, 3)
    assert (found.drain_s, found.call_ms) == (600, 2500)
    assert found.auto_lane == (("worth", 12.5), ("speed", 40.0), ("instances", 3))
    assert (found.call_ttl_s, found.call_timeout_s) == (7200, 300)
    assert (found.events_queue_url, found.event_bus) == ("https://queue/events", "jobs")
    assert found.sinks == ("webhook", "eventbridge")
    assert found.webhook_allow == "hooks.example.com, http://127.0.0.1"
    assert found.webhook_secret == "whsec_" + "a" * 40
    assert found.webhook_secret_arn.endswith(":secret:webhooks")
    assert found.uploads_webhook == "https://hooks.example.com/uploads"
    assert found.event_topic.endswith("::jobs")
    assert (found.stream_endpoint, found.stream_limit_s) == ("live", 600)
    assert found.stream_timeout_s == 300
    assert found.collections_dir == Path("/srv/collections")
    assert found.has_endpoint
    assert not read_settings({}).has_endpoint
    assert set(GOOD) == set(_VARIABLES)


@pytest.mark.parametrize("name", [name for name in GOOD if "JOBS" in name or "DATA" in name])
def test_jobs_need_their_table_their_queue_and_their_bucket(name: str) -> None:
    assert read_settings(GOOD).has_jobs
    assert not read_settings({}).has_jobs
    with pytest.raises(SettingsInvalid, match=f"{name} must be set as well"):
        read_settings({key: value for key, value in GOOD.items() if key != name})


def test_a_secret_is_shown_nowhere() -> None:
    secret = "whsec_" + "c2VjcmV0" * 5
    assert secret not in repr(read_settings({"SAMOVAR_WEBHOOK_SECRET": secret}))
    with pytest.raises(SettingsInvalid) as refused:
        read_settings({"SAMOVAR_WEBHOOK_SECRET": "whsec_c2VjcmV0"})
    assert "SAMOVAR_WEBHOOK_SECRET" in refused.value.message
    assert "c2VjcmV0" not in refused.value.message


def test_variables_of_others_are_passed_over() -> None:
    assert read_settings({"SAMOVAR_MODEL_DIR": "/x", "PATH": "/bin"}) == Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [(name, value) for name, values in BAD.items() for value in values],
    ids=lambda text: text[:30],
)
def test_a_bad_variable_is_told_by_name_and_value(variable: str, value: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(GOOD | {variable: value})
    (fault,) = caught.value.faults
    assert fault.startswith(f"{variable}=")
    assert "must be" in fault
    assert len(fault) < 300


def test_every_bad_variable_is_told_at_once() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read_settings({name: values[0] for name, values in BAD.items()})
    assert [fault.partition("=")[0] for fault in caught.value.faults] == [
        name for name in _VARIABLES if name in BAD
    ]


@pytest.mark.parametrize(
    ("memory_mb", "threads"), [(0, 0), (128, 1), (1769, 1), (1770, 2), (3538, 2), (10240, 6)]
)
def test_threads_are_the_vcpus_of_a_functions_memory(memory_mb: int, threads: int) -> None:
    assert Settings(memory_mb=memory_mb).threads == threads


@given(st.dictionaries(st.sampled_from(sorted(_VARIABLES)), st.text(max_size=20)))
def test_any_environment_is_read_or_refused(environment: dict[str, str]) -> None:
    try:
        assert isinstance(read_settings(environment), Settings)
    except SettingsInvalid as error:
        names = {fault.partition("=")[0] for fault in error.faults}
        if not names <= set(environment):
            raise


TRACE = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.mark.parametrize("said", [f"Root={TRACE};Parent=557abcec3ee5a047;Sampled=1", TRACE])
def test_the_trace_is_its_root_however_lambda_says_it(said: str) -> None:
    assert trace_id({"_X_AMZN_TRACE_ID": said}) == TRACE


def test_without_a_trace_there_is_none() -> None:
    assert trace_id({}) == ""
