"""Objects of heavy jobs: inputs that are looked at before a call, answers beside their names."""

import pytest
from samovar.errors import InvalidInput
from samovar.heavy_results import Notice
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


@pytest.mark.parametrize("kind", ["", "text/plain\r\nX: y", "tëxt", "x" * 257])
def test_what_is_no_media_type_is_not_handed_on(world: HeavyWorld, kind: str) -> None:
    world.submit()
    world.work()
    place = world.job().output_uri
    world.results.finish(Notice("tea.1", ok=True, output_uri=place, content_type=kind))
    assert world.job().result_type == "application/octet-stream"


def test_whoever_asked_is_told_of_a_heavy_jobs_end_by_whoever_ends_it(world: HeavyWorld) -> None:
    owed = {"owed": ("webhook",)}
    for name in ("answered", "refused"):
        world.submit(name, **owed)
    world.work()
    for call in world.endpoint.waiting:
        if call.id == "answered.1":
            world.results.finish(world.endpoint.answer(call, ANSWER))
        else:
            world.results.finish(world.endpoint.refuse(call, InvalidInput("a WAV, please")))
    world.submit("late", **owed, deadline_ms=world.now_ms)
    world.submit("missing", **owed, source=Source("audio/wav", uri=world.blobs.uri("inputs/x")))
    world.work()
    told = [delivery.job_id for delivery in world.events.receive()]
    assert told == ["answered", "refused", "late", "missing"]


def test_an_end_that_was_not_told_is_told_by_the_next_notice_or_message(world: HeavyWorld) -> None:
    world.submit(owed=("webhook",))
    world.work()
    notice = world.endpoint.answer(world.call(), ANSWER)
    for again in (lambda: world.results.finish(notice), lambda: world.queue.send(["tea"])):
        again()
        world.work()
        assert [delivery.job_id for delivery in world.events.receive()] == ["tea"]
