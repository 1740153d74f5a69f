"""What `samovar collections` asks of a server, and how it shows the answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from samovar.errors import CommandFailed

from samovar_cli.server import Answer, Server
from samovar_cli.terminal import console, progress, write_json

_AT_ONCE = 200
_AT_ONCE_BYTES = 500_000
_JSON = {"content-type": "application/json"}
_SHOWN = 300
"""Characters of a document that are shown."""

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Documents:
    """Documents on their way into a collection."""

    name: str
    documents: Sequence[Document]
    chosen: Mapping[str, str | None]
    add: bool = False

    def send(self, server: Server) -> Answer:
        """Some at a time: the first make the collection, unless they are added to one.

        Raises what the server answers, CommandFailed for no documents at all.
        """
        if not self.documents:
            raise CommandFailed("the file has no documents: each line is to be one")
        answer = None
        with progress() as bar:
            task = bar.add_task("documents", total=len(self.documents))
            for some in _together(self.documents):
                answer = self._send_some(server, some, makes=answer is None and not self.add)
                bar.advance(task, len(some))
        assert answer is not None  # noqa: S101 - there is one document at least
        return answer

    def _send_some(self, server: Server, some: Sequence[Document], *, makes: bool) -> Answer:
        at = path_of(self.name)
        if makes:
            asked = {"documents": some} | {k: v for k, v in self.chosen.items() if v}
            return server.send("PUT", at, orjson.dumps(asked), _JSON)
        return server.send("POST", f"{at}/documents", orjson.dumps({"documents": some}), _JSON)


def read_documents(file: Path) -> list[Document]:
    """A document a line that is not blank. Raises CommandFailed; says which line is none."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file} cannot be read as UTF-8: {error}") from None
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if file.suffix != ".jsonl":
        return [{"text": line.strip()} for _, line in numbered]
    return [_document(line, f"{file}:{number}") for number, line in numbered]


def _document(line: str, where: str) -> Document:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise CommandFailed(f"{where} is not JSON: {error}") from None
    if isinstance(said, dict) and isinstance(said.get("text"), str):
        return said
    raise CommandFailed(f'{where} must be a document, such as {{"text": "…"}}')


def _together(documents: Sequence[Document]) -> Iterator[Sequence[Document]]:
    """The documents in order, some at a time: no more than a request may have."""
    start, size = 0, 0
    for at, document in enumerate(documents):
        own = len(orjson.dumps(document))
        if at > start and (at - start >= _AT_ONCE or size + own > _AT_ONCE_BYTES):
            yield documents[start:at]
            start, size = at, 0
        size += own
    yield documents[start:]


def found_in(server: Server, name: str, query: str, top: int, where: Sequence[str]) -> Answer:
    """What a search answers. Raises CommandFailed for a filter that is none."""
    asked = {"query": query, "top_k": top, "filter": _filter(where)}
    return server.send("POST", f"{path_of(name)}/search", orjson.dumps(asked), _JSON)


def path_of(name: str) -> str:
    """Where a collection is found."""
    return f"/v1/collections/{quote(name, safe='')}"


def _filter(where: Sequence[str]) -> dict[str, list[Any]]:
    """Values by name; one that looks like JSON is meant as a text, too."""
    found: dict[str, list[Any]] = {}
    for each in where:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise CommandFailed(f"--where must be NAME=VALUE, not {each!r}")
        found.setdefault(name, []).append(value)
        try:
            read = orjson.loads(value)
        except orjson.JSONDecodeError:
            continue
        if isinstance(read, int | float):
            found[name].append(read)
    return found


def show_filled(answer: Answer, *, as_json: bool) -> None:
    """One line about a collection that was filled."""
    if as_json:
        return write_json(answer.body)
    said = answer.document()
    print(
        f"{said['name']}: {said['documents']} documents in {said['passages']} passages, "
        f"{said['bytes']} bytes, read by {said['model']}"
    )
    return None


def show_found(answer: Answer, *, as_json: bool) -> None:
    """A line a document: its score, its id, its text's beginning."""
    if as_json:
        return write_json(answer.body)
    results = answer.document()["results"]
    if not results:
        print("nothing was found")
    for one in results:
        text = " ".join(one["text"].split())
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        console().print(f"{one['score']:.3f}  {one['id']}  {shown}", soft_wrap=True)
    return None


def show_all(answer: Answer, *, as_json: bool) -> None:
    """A line a collection."""
    if as_json:
        return write_json(answer.body)
    for one in answer.document()["data"]:
        print(f"{one['name']}  {one['bytes']} bytes")
    return None
