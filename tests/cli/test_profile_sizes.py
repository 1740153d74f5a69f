"""What a model is measured with: requests at other sizes, made up ones, the user's own."""

import io
import json
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from samovar import pipeline
from samovar.model import Model
from samovar.types import OIP_JSON, InputSpec, Kind, Payload
from samovar_cli.models.opening import Opening
from samovar_cli.models.other_sizes import Sized, extent, other_sizes
from samovar_cli.models.sampling import find_requests

from tests.cli.conftest import ROOT, Run
from tests.cli.tiny_pictures import picture

WORDS = st.lists(st.text("abc", min_size=1), min_size=1, max_size=40).map(" ".join)


Of = Callable[[Kind], Model]


@pytest.fixture(scope="module")
def of(shelf: Path) -> Of:
    """A model that takes a kind, as far as sizes care."""
    mood = Opening("1").open(shelf, "mood")
    return lambda kind: replace(mood, spec=replace(mood.spec, input=InputSpec(kind)))


def sizes(model: Model, payload: Payload) -> list[Payload]:
    """The request at the other sizes of its kind, smallest first."""
    return [sized.payload for sized in other_sizes(model, Sized("it", payload))]


@given(WORDS)
def test_a_text_is_cut_and_repeated_word_by_word(of: Of, text: str) -> None:
    count = len(text.split())
    wanted = [n for n in (max(round(count / 4), 1), count * 4, count * 16) if n != count]
    for payload in (
        Payload(text.encode(), "text/plain"),
        Payload(json.dumps({"text": text}).encode(), "application/json"),
    ):
        found = sizes(of(Kind.TEXT), payload)
        assert [extent(of(Kind.TEXT), one) for one in found] == [
            f"{n} word{'s' * (n > 1)}" for n in wanted
        ]
        assert all(one.content_type == payload.content_type for one in found)


@given(st.binary(min_size=1, max_size=300))
def test_bytes_are_cut_and_repeated(of: Of, body: bytes) -> None:
    for one in sizes(of(Kind.BYTES), Payload(body)):
        count = min(len(one.body), len(body))
        assert one.body[:count] == body[:count]


def test_a_picture_is_made_smaller_and_larger_in_its_own_format(of: Of) -> None:
    found = sizes(of(Kind.IMAGE), Payload(picture(200, "JPEG"), "image/jpeg"))
    opened = [Image.open(io.BytesIO(one.body)) for one in found]
    assert [(one.size, one.format) for one in opened] == [((6, 4), "JPEG"), ((24, 16), "JPEG")]


def test_a_sound_is_made_shorter_and_longer_at_its_own_rate(of: Of) -> None:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(range(200)) * 80)
    found = sizes(of(Kind.AUDIO), Payload(target.getvalue(), "audio/wav"))
    assert [extent(of(Kind.AUDIO), one) for one in found] == ["0.5 s", "2.0 s"]


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (Kind.TEXT, Payload(b'{"rows": [{"text": "a"}, {"text": "b"}]}', "application/json")),
        (Kind.IMAGE, Payload(b'{"image": "aaaa"}', "application/json")),
        (Kind.AUDIO, Payload(b"ID3 no wave", "audio/mpeg")),
        (Kind.ROWS, Payload(b"a,b\n1,2\n", "text/csv")),
        (Kind.BYTES, Payload(b"")),
    ],
)
def test_what_cannot_be_resized_is_measured_as_it_is(of: Of, kind: Kind, payload: Payload) -> None:
    assert sizes(of(kind), payload) == []


def test_tensors_grow_along_their_free_axes_and_never_in_rows(of: Of) -> None:
    mood = of(Kind.TENSORS)
    body = {"name": "input_ids", "shape": [2, 2], "datatype": "INT64", "data": [1, 2, 3, 4]}
    request = Payload(json.dumps({"inputs": [body]}).encode(), OIP_JSON)
    found = sizes(mood, request)
    shapes = [json.loads(one.body)["inputs"][0]["shape"] for one in found]
    assert shapes == [[2, 1], [2, 4], [2, 8]]
    assert json.loads(found[1].body)["inputs"][0]["data"] == [1, 2, 1, 2, 3, 4, 3, 4]
    assert all(pipeline.infer(one, mood) for one in found)


def test_a_model_without_examples_is_measured_with_something_made_up(samovar: Run) -> None:
    done = samovar("models", "profile", "sums", "--seconds", 0, "--starts", 0, "--json")
    assert done.exit_code == 0, done.stderr
    assert {point["name"] for point in json.loads(done.stdout)["points"]} == {"a made-up request"}


@pytest.mark.parametrize(
    ("model", "size"), [("digits", "256 × 256"), ("speech", "1.0 s"), ("task-priority", "11 words")]
)
def test_what_people_send_is_made_up_where_there_are_no_examples(model: str, size: str) -> None:
    if not (ROOT / "models" / model / "1").is_dir():
        pytest.skip("not built: run `make models`")
    opened = Opening().open(ROOT / "models", model)
    (found,) = find_requests(replace(opened, spec=replace(opened.spec, examples=())), ())
    assert found.extent == size
    assert pipeline.infer(found.payload, opened)


def test_requests_of_the_users_own_are_measured_in_place_of_the_examples(
    samovar: Run, tmp_path: Path
) -> None:
    (tmp_path / "one.png").write_bytes(picture(9))
    (tmp_path / "other.jpg").write_bytes(picture(99, "JPEG"))
    samples = ("--sample", tmp_path / "one.png", "--sample", tmp_path / "other.jpg")
    words = ("--seconds", 0, "--starts", 0, "--json")
    found = json.loads(samovar("models", "profile", "shade", *samples, *words).stdout)
    assert {point["name"] for point in found["points"]} == {"one.png", "other.jpg"}


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [(None, 2, "cannot be read"), (b"no picture", 3, "sample.png: these bytes")],
)
def test_a_request_of_the_users_own_that_is_none_is_told(
    samovar: Run, tmp_path: Path, body: bytes | None, status: int, said: str
) -> None:
    path = tmp_path / "sample.png"
    if body is not None:
        path.write_bytes(body)
    done = samovar("models", "profile", "shade", "--sample", path, "--starts", 0)
    assert (done.exit_code, done.stdout) == (status, "")
    assert said in done.stderr
