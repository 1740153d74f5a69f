"""Texts from a real-time endpoint: the adapter over boto3, against the twin's."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.adapters.aws_clients import texts as aws
from samovar.adapters.sagemaker_stream import SageMakerTexts, lines
from samovar.errors import EndpointFailed, EndpointUnavailable, ModelRunFailed, PayloadTooLarge
from samovar.types import Payload
from samovar_cli.twin.sagemaker.live import LiveLimits

from tests.tiny_generation import write_babble
from tests.twin.live_host import NAME, LiveHost

TEST_KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
Start = Callable[..., LiveHost]


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=20))
def test_lines_are_the_same_wherever_parts_are_cut(whole: bytes, cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(whole)]
    parts = [whole[start:end] for start, end in pairwise(at)]
    wanted = whole.split(b"\n")
    assert list(lines(parts)) == (wanted[:-1] if not wanted[-1] else wanted)


def payload(**said: Any) -> Payload:
    return Payload(json.dumps(said).encode(), "application/json", "r-1")


def events(*documents: Any) -> list[str]:
    return [f"data: {json.dumps(one, separators=(',', ':'))}\n\n" for one in documents]


WORD, END = {"text": "word\n\n"}, {"finish_reason": "stop", "usage": {"prompt_tokens": 1}}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts emulators: `start(part_bytes=…)`."""
    running: list[LiveHost] = []

    def begin(**options: Any) -> LiveHost:
        running.append(LiveHost(tmp_path, **options))
        return running[-1]

    yield begin
    for host in running:
        host.stop()


def texts(host: LiveHost) -> SageMakerTexts:
    return SageMakerTexts(host.client, NAME)


def streamed(host: LiveHost, **said: Any) -> list[Any]:
    return [json.loads(piece) for piece in texts(host).stream("m", "2", payload(**said))]


@pytest.mark.slow
def test_pieces_are_put_together_whatever_the_parts(start: Start) -> None:
    host = start(part_bytes=5)
    assert streamed(host, pieces=events(WORD, WORD, END)) == [WORD, WORD, END]


@pytest.mark.slow
def test_the_container_is_told_which_model_is_meant(start: Start) -> None:
    said = json.loads(texts(start()).predict("m", "2", payload()).body)
    assert said["x-amzn-sagemaker-custom-attributes"] == "model=m,version=2"
    assert said["x-amzn-sagemaker-inference-id"] == "r-1"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"pieces": events(WORD), "break": True}, EndpointFailed),
        ({"pieces": events(WORD)}, EndpointFailed),  # an end that is none
        ({"pieces": events(WORD, {"error": "no", "code": "model_run_failed"})}, ModelRunFailed),
        ({"pieces": events(WORD), "pause": 0.1, "endless": True}, EndpointFailed),
    ],
)
def test_a_stream_that_fails_has_told_what_came_before(
    start: Start, said: dict[str, Any], error: type[Exception]
) -> None:
    host, came = start(limits=LiveLimits(stream_s=0.5)), []
    stream = texts(host).stream("m", "", payload(**said))
    with pytest.raises(error):
        came.extend(stream)
    assert json.loads(came[0]) == WORD


@pytest.mark.slow
def test_who_leaves_a_stream_ends_the_containers_work(start: Start) -> None:
    host = start()
    pieces = events(WORD) * 50
    asked = payload(pieces=pieces, pause=0.01, endless=True)
    with closing(texts(host).stream("m", "", asked)) as stream:
        next(stream)
    end_s = time.monotonic() + 10
    while not host.told.exists():
        assert time.monotonic() < end_s
        time.sleep(0.02)


@pytest.mark.slow
def test_what_is_not_there_or_says_no_is_unavailable(start: Start) -> None:
    host = start()
    with pytest.raises(EndpointUnavailable):
        SageMakerTexts(host.client, "none").predict("m", "", payload())
    with pytest.raises(EndpointFailed, match="500"):
        texts(host).predict("m", "", payload(status=500))


@pytest.mark.slow
def test_an_answer_that_nobody_has_time_to_wait_for_says_what_to_ask_for(start: Start) -> None:
    host = start()
    names = {"region_name": "us-east-1", **TEST_KEYS}
    hasty = boto3.client("sagemaker-runtime", endpoint_url=host.url, config=aws(0.3), **names)
    warm = SageMakerTexts(host.client, NAME)
    assert warm.predict("m", "", payload(pieces=["{}"])).body == b"{}"
    with pytest.raises(EndpointFailed, match="ask for fewer tokens"):
        SageMakerTexts(hasty, NAME).predict("m", "", payload(pieces=["x"] * 5, pause=0.3))
    hasty.close()


@pytest.mark.slow
def test_a_real_container_says_there_what_it_says_here(start: Start, tmp_path: Path) -> None:
    folder = write_babble(tmp_path / "models")
    command = (sys.executable, "-c", "from samovar_cli.main import main; main()", "container")
    host = start(command=command, part_bytes=11, models=folder)
    asked = {"prompt": "hello", "max_tokens": 9}
    whole = json.loads(texts(host).predict("babble", "", payload(**asked)).body)
    pieces = streamed_by(host, **asked)
    assert "".join(piece.get("text", "") for piece in pieces) == whole["text"]
    assert pieces[-1]["usage"] == whole["usage"]
    with pytest.raises(PayloadTooLarge, match="more than the model takes"):
        texts(host).predict("babble", "", payload(prompt="x" * 300))


def streamed_by(host: LiveHost, **asked: Any) -> list[Any]:
    return [json.loads(piece) for piece in texts(host).stream("babble", "", payload(**asked))]
