"""What a client says of a job in a body, a query or a header, checked; each error names it."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

import orjson

from samovar.addresses import MAX_URL
from samovar.codecs.json_keys import parse
from samovar.errors import InvalidInput, MalformedBody
from samovar.jobs import Source
from samovar.submission import Submission
from samovar.values import dataclass

Fields = Mapping[str, Any]

MAX_TTL_S = 7 * 24 * 3600
MAX_PRIORITY = 9
MAX_TAGS, MAX_TAG_NAME, MAX_TAG_VALUE = 16, 64, 256
MAX_NAME = 256
INPUTS = ("input", "input_uri", "upload_id")
KNOWN = (
    *("model", "version", *INPUTS, "content_type"),
    *("ttl_s", "priority", "tags", "webhook", "batch"),
)

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(;[\x20-\x7e]*)?", re.ASCII)


def read_submission(body: bytes, upload_uri: Callable[[str], str]) -> Submission:
    """What `POST /v1/jobs` asks for. Raises MalformedBody, DuplicateName, InvalidInput."""
    said = _object(body, KNOWN, '{"model": "<name>", "input": {…}}')
    if "model" not in said:
        raise InvalidInput("'model' is missing: it names the model to run")
    return Submission(
        model=read_text(said, "model"),
        source=_source(said, upload_uri),
        version=read_text(said, "version"),
        ttl_s=_whole(said, "ttl_s", 1, MAX_TTL_S),
        priority=_whole(said, "priority", 0, MAX_PRIORITY),
        tags=_tags(said),
        webhook=read_text(said, "webhook", most=MAX_URL),
        batch=_flag(said, "batch"),
    )


def read_upload(body: bytes) -> tuple[str, int]:
    """The media type and the most bytes of an upload; 0 where the client does not say."""
    said = _object(body, ("content_type", "size"), '{"content_type": "image/png"}')
    if "content_type" not in said:
        raise InvalidInput("'content_type' is missing: it is the media type of the file")
    return _media_type(said), _whole(said, "size", 1, 1 << 50)


@dataclass(frozen=True, slots=True)
class OpenAiBatch:
    """What `POST /v1/batches` says."""

    file_id: str
    endpoint: str
    window: str
    metadata: Mapping[str, str]


def read_openai_batch(body: bytes) -> OpenAiBatch:
    """What `POST /v1/batches` asks for. Raises MalformedBody, DuplicateName, InvalidInput."""
    example = '{"input_file_id", "endpoint", "completion_window": "24h"}'
    known = ("input_file_id", "endpoint", "completion_window", "metadata")
    said = _object(body, known, example)
    metadata = said.get("metadata") or {}
    for name in known[:3]:
        if not said.get(name):
            raise InvalidInput(f"'{name}' is missing: send {example}")
    return OpenAiBatch(
        file_id=read_text(said, "input_file_id"),
        endpoint=read_text(said, "endpoint"),
        window=read_text(said, "completion_window"),
        metadata=_tags({"tags": metadata}),
    )


def read_key(headers: Mapping[str, str]) -> str:
    """The Idempotency-Key, "" where there is none. Raises InvalidInput."""
    key = headers.get("idempotency-key")
    if key is None:
        return ""
    key = key.strip(" \t")
    if not _KEY.fullmatch(key):
        raise InvalidInput("Idempotency-Key must have 1 to 255 printable ASCII characters")
    return key


def _object(body: bytes, known: Collection[str], example: str) -> Fields:
    said = parse(body)
    if not isinstance(said, dict):
        raise MalformedBody(f"the body must be a JSON object: {example}")
    unknown = sorted(set(said) - set(known))
    if unknown:
        raise InvalidInput(f"unknown key '{unknown[0][:60]}'; known: {', '.join(known)}")
    return said


def _source(said: Fields, upload_uri: Callable[[str], str]) -> Source:
    """The one input that the request must have."""
    given = [name for name in INPUTS if name in said]
    if not given:
        raise InvalidInput("send one of 'input', 'input_uri' and 'upload_id'")
    if len(given) > 1:
        raise InvalidInput(f"send one input: '{given[0]}' and '{given[1]}' are both there")
    return _SOURCES[given[0]](said, upload_uri)


def _inline(said: Fields, _: Callable[[str], str]) -> Source:
    if not isinstance(said["input"], dict):
        raise InvalidInput('\'input\' must be what predict takes as JSON, such as {"text": "…"}')
    if "content_type" in said:
        raise InvalidInput("'content_type' goes with 'input_uri' or 'upload_id'; 'input' is JSON")
    return Source("application/json", orjson.dumps(said["input"]))


def _at_uri(said: Fields, _: Callable[[str], str]) -> Source:
    uri = read_text(said, "input_uri", most=2048)
    if not uri:
        raise InvalidInput("'input_uri' is empty")
    return Source(_media_type(said), uri=uri)


def _uploaded(said: Fields, upload_uri: Callable[[str], str]) -> Source:
    upload_id = read_text(said, "upload_id")
    if not _UPLOAD_ID.fullmatch(upload_id):
        raise InvalidInput("'upload_id' must be one that POST /v1/uploads answered with")
    return Source(_media_type(said), uri=upload_uri(upload_id))


_SOURCES: Mapping[str, Callable[[Fields, Callable[[str], str]], Source]] = {
    "input": _inline,
    "input_uri": _at_uri,
    "upload_id": _uploaded,
}


def read_text(said: Fields, name: str, most: int = MAX_NAME) -> str:
    """The text under a name, "" where there is none. Raises InvalidInput."""
    value = said.get(name, "")
    if not isinstance(value, str):
        raise InvalidInput(f"'{name}' must be a string, not {_json(value)}")
    if len(value) > most or not value.isprintable():
        raise InvalidInput(f"'{name}' must have {most} printable characters at most")
    return value


def _media_type(said: Fields) -> str:
    """A media type; without one the input is taken as the model's own kind."""
    value = read_text(said, "content_type")
    if "content_type" in said and not _MEDIA_TYPE.fullmatch(value):
        raise InvalidInput(f"'content_type' must be a media type such as image/png, not '{value}'")
    return value


def _whole(said: Fields, name: str, least: int, most: int) -> int:
    value = said.get(name, 0)
    right = isinstance(value, int) and not isinstance(value, bool)
    if name in said and not (right and least <= value <= most):
        raise InvalidInput(
            f"'{name}' must be a whole number from {least} to {most}, not {_json(value)}"
        )
    return int(value)


def _flag(said: Fields, name: str) -> bool:
    value = said.get(name, False)
    if not isinstance(value, bool):
        raise InvalidInput(f"'{name}' must be true or false, not {_json(value)}")
    return value


def _tags(said: Fields) -> Mapping[str, str]:
    tags = said.get("tags", {})
    if not isinstance(tags, dict) or len(tags) > MAX_TAGS:
        raise InvalidInput(f"'tags' must be an object of {MAX_TAGS} strings at most")
    for name, value in tags.items():
        if not (0 < len(name) <= MAX_TAG_NAME and name.isprintable()):
            raise InvalidInput(
                f"a name in 'tags' must have 1 to {MAX_TAG_NAME} printable characters"
            )
        if not isinstance(value, str) or len(value) > MAX_TAG_VALUE or not value.isprintable():
            raise InvalidInput(
                f"tag '{name}' must be a string of {MAX_TAG_VALUE} printable characters at most"
            )
    return tags


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()[:60]
