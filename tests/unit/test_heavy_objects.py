"""Objects of heavy jobs: inputs that are looked at before a call, answers beside their names."""

import pytest
from samovar.jobs import Source, State
from samovar.ports import BlobHead

from tests.unit.heavy_world import ANSWER, HeavyWorld


@pytest.fixture
def world() -> HeavyWorld:
    return HeavyWorld()


def test_an_input_that_is_an_object_is_not_copied(world: HeavyWorld) -> None:
    uri = world.blobs.put("uploads/whisper/a.wav", b"RIFF", "audio/wav")
    world.submit("up", source=Source("audio/wav", uri=uri))
    world.work()
    assert world.call().input_uri == uri


@pytest.mark.parametrize(
    ("body", "code"), [(None, "invalid_input"), (b"", "invalid_input"), (b"RIFF", "")]
)
def test_no_endpoint_is_woken_for_an_input_that_is_not_there(
    world: HeavyWorld, body: bytes | None, code: str
) -> None:
    uri = world.blobs.uri("inputs/upload")
    if body is not None:
        world.blobs.put("inputs/upload", body, "audio/wav")
    world.submit(source=Source("audio/wav", uri=uri))
    assert world.work() == 0
    failure = world.job().failure
    assert (failure.code if failure else "") == code
    assert (world.endpoint.taken, world.table.writes) == (0 if code else 1, 1)
    assert world.job().state is (State.FAILED if code else State.RUNNING)


def test_an_input_of_ten_gigabytes_is_refused_before_it_is_sent(
    world: HeavyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.blobs, "head", lambda _uri: BlobHead(10 * 1024**3, "audio/wav"))
    world.submit(source=Source("audio/wav", uri=world.blobs.uri("inputs/upload")))
    world.work()
    failure = world.job().failure
    assert failure is not None
    assert failure.code == "payload_too_large"


def test_the_answer_of_an_upload_lies_beside_its_name() -> None:
    world = HeavyWorld()
    world.submit(reply_key="results/whisper/a.wav")
    world.work()
    notice = world.endpoint.answer(world.call(), ANSWER)
    world.results.finish(notice)
    uri = "s3://samovar-data/results/whisper/a.wav.json"
    assert world.blobs.get(uri) == ANSWER.body
    world.blobs.put("results/whisper/a.wav.json", b"", "text/plain")  # as if it never came there
    world.results.finish(notice)
    assert world.blobs.get(uri) == ANSWER.body
