"""Speech through the container: warmed up by its golden examples, several callers at once."""

import json
import time
from base64 import b64encode
from collections.abc import Iterator

import pytest

from tests.container.conftest import ROOT, Container

MODEL = "whisper-int8"
SOUND = ROOT / "models" / MODEL / "examples" / "young-man.wav"
SAID = "He was not an ill-disposed young man."
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not (ROOT / "models" / MODEL / "1").is_dir(),
        reason="the heavy models are not built: run `make models-heavy`",
    ),
]


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    settings = {"SAMOVAR_TIMEOUT_S": "240", "SAMOVAR_BATCH_DELAY_MS": "50"}
    running = Container(ROOT / "models", MODEL, settings)
    running.client.timeout = 240
    try:
        end_s = time.monotonic() + 120
        while running.ping() != 200:
            assert time.monotonic() < end_s, running.client.get("/ping").text
            time.sleep(0.2)
        yield running
    finally:
        running.close()


def test_a_sound_is_answered_with_its_text_and_times(container: Container) -> None:
    answer = container.invoke(SOUND.read_bytes(), "audio/wav")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["text"], said["language"], said["duration_s"]) == (SAID, "en", 2.99)
    assert said["segments"][0]["end_s"] <= 2.99


def test_a_language_travels_in_the_media_type(container: Container) -> None:
    answer = container.invoke(SOUND.read_bytes(), "audio/wav; language=de")
    assert answer.json()["language"] == "de"
    refused = container.invoke(SOUND.read_bytes(), "audio/wav; language=xx")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")


def test_sounds_that_come_at_once_share_runs_and_are_answered_alike(container: Container) -> None:
    answers = container.invoke_all([SOUND.read_bytes()] * 6, content_type="audio/wav")
    assert {answer.json()["text"] for answer in answers} == {SAID}
    assert container.runs(MODEL)["largestBatch"] > 1


def test_several_sounds_of_one_request_are_answered_in_order(container: Container) -> None:
    sound = b64encode(SOUND.read_bytes()).decode()
    body = json.dumps({"audio": [sound, f"data:audio/wav;language=de;base64,{sound}"]}).encode()
    found = container.invoke(body, "application/json").json()["predictions"]
    assert [one["language"] for one in found] == ["en", "de"]


def test_what_is_no_sound_is_refused_and_says_what_to_send(container: Container) -> None:
    refused = container.invoke(b"RIFF", "audio/wav")
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed_body")
    refused = container.invoke(b"hello", "text/plain")
    assert refused.status_code == 415
