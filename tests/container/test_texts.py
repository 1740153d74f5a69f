"""Models that generate, behind SageMaker's contract: together, and in pieces."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from samovar.container import container_app
from samovar.settings import Settings

from tests.container.served_texts import Served, events
from tests.onnx_models import doubled, write_folder
from tests.tiny_generation import write_babble

HELLO = {"messages": [{"role": "user", "content": "hello"}]}
OPENAI = HELLO | {"model": "babble"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = write_babble(tmp_path_factory.mktemp("models"))
    write_folder(folder, "plain", doubled())
    settings = Settings(models_dir=folder, preload=("babble",), log_level="ERROR")
    running = Served(container_app(settings))
    yield running
    running.close()


def joined(found: list[dict[str, Any]]) -> str:
    return "".join(piece.get("text", "") for piece in found)


def said(text: str) -> tuple[str, list[Any], Any]:
    """A stream's text, how sure each token was, and its end: pieces may be of several tokens."""
    *pieces, last = events(text)
    sure = [token for piece in pieces for token in piece["logprobs"]]
    return joined(pieces), sure, last


def test_pieces_come_as_events_and_say_what_the_plain_call_says(served: Served) -> None:
    plain = served.invoke(HELLO).json()
    for answer in (
        served.invoke(HELLO | {"stream": True}),
        served.invoke(HELLO, accept="text/event-stream"),
    ):
        assert answer.headers["content-type"] == "text/event-stream"
        assert "content-length" not in answer.headers
        found = events(answer.text)
        assert joined(found) == plain["text"]
        assert found[-1] == {name: plain[name] for name in ("finish_reason", "usage")}


def test_streams_at_once_say_to_the_bit_what_each_says_alone(served: Served) -> None:
    bodies = [
        {"prompt": f"{'long ' * at}{at}", "max_tokens": 12 + at, "logprobs": 2, "stream": True}
        for at in range(8)  # more than the model has rows
    ]
    alone = [said(served.invoke(body).text) for body in bodies]
    before = served.runs()["requests"]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda body: said(served.invoke(body).text), bodies))
    assert together == alone
    after = served.runs()
    assert after["requests"] == before + 8
    assert after["mostAtOnce"] > 1
    assert after["active"] == 0


def test_plain_calls_grow_together_with_streams(served: Served) -> None:
    bodies: list[dict[str, Any]] = [
        {"prompt": str(at), "max_tokens": 40, **({"stream": True} if at % 2 else {})}
        for at in range(6)
    ]
    alone = [served.invoke({"prompt": str(at), "max_tokens": 40}).json()["text"] for at in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(served.invoke, bodies))
    texts = [
        joined(events(answer.text)) if at % 2 else answer.json()["text"]
        for at, answer in enumerate(answers)
    ]
    assert texts == alone


def test_a_body_of_openais_chat_names_its_model_and_is_answered_in_its_shape(
    served: Served,
) -> None:
    said = served.invoke(OPENAI | {"max_tokens": 5}, model="").json()
    assert said["object"] == "chat.completion"
    assert said["usage"]["completion_tokens"] == 5
    asked = OPENAI | {"stream": True, "max_tokens": 5, "stream_options": {"include_usage": True}}
    found = events(served.invoke(asked, model="").text)
    assert found[-1] == "[DONE]"
    deltas = [one["choices"][0]["delta"] for one in found[:-2]]
    assert (
        "".join(delta.get("content", "") for delta in deltas)
        == (said["choices"][0]["message"]["content"])
    )
    assert found[-2]["usage"] == said["usage"]


def test_a_body_of_openais_completions_is_answered_in_its_shape(served: Served) -> None:
    asked = {"model": "whatever", "prompt": "a", "max_tokens": 3}
    said = served.invoke(asked).json()  # the attributes name the model
    assert (said["object"], said["model"]) == ("text_completion", "babble")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (HELLO | {"stream": "yes"}, 400, "'stream' must be true or false"),
        (HELLO | {"stream": True, "heat": 1}, 400, "'heat' is no parameter"),
        (OPENAI | {"stream": True, "messages": []}, 400, "1 to 1000"),
        ({"prompt": "x" * 300, "stream": True}, 413, "101 more than the model takes"),
        ({"model": "none", "prompt": "x"}, 404, "none"),
    ],
)
def test_what_is_wrong_has_a_status_before_the_first_piece(
    served: Served, body: dict[str, Any], status: int, words: str
) -> None:
    answer = served.invoke(body, model="" if body.get("model") == "none" else "babble")
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_models_that_do_not_generate_know_nothing_of_streams(served: Served) -> None:
    tensor = {"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}
    answer = served.invoke({"inputs": [tensor]}, model="plain", accept="text/event-stream")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["outputs"][0]["data"]
