"""Speech on the running twin: from an upload and from a form, through the endpoint and back."""

from collections.abc import Iterator

import pytest

from tests.twin.host import ROOT
from tests.twin.running import samovar
from tests.twin.running_application import MINISTACK, Application, eventually, start

WHISPER = ROOT / "models" / "whisper"
SOUND = WHISPER / "examples" / "young-man.wav"
SAID = "He was not an ill-disposed young man."
pytestmark = [
    pytest.mark.twin,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not (MINISTACK.exists() and (WHISPER / "1").is_dir()),
        reason="make models-heavy builds whisper, make .venvs/.stamps/ministack sets up AWS",
    ),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    running = start(tmp_path_factory.mktemp("whisper") / "state")
    yield running
    running.twin.end()


def test_a_sound_that_is_uploaded_is_heard_by_the_endpoint(app: Application) -> None:
    app.put("uploads/whisper/young man.wav", SOUND.read_bytes())
    answer = "results/whisper/young man.wav.json"
    eventually(lambda: bool(app.keys(answer)), 240)
    heard = app.object(answer)
    assert (heard["text"].strip(), heard["language"]) == (SAID, "en")
    assert heard["segments"][0]["start_s"] < heard["segments"][-1]["end_s"] <= 3.0


def test_a_sound_is_submitted_by_the_command_and_waited_for(app: Application) -> None:
    done = samovar("jobs", "submit", "whisper", str(SOUND), "--wait", "--url", app.twin.url)
    assert done.returncode == 0, done.stderr
    assert SAID in done.stdout
