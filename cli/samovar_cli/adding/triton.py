"""config.pbtxt, as much of it as tells how a model is served: protobuf's text format."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samovar.errors import CommandFailed
from samovar.types import TensorSpec

CONFIG = "config.pbtxt"
_MOST_BYTES = 1_000_000
_WORD = re.compile(r"""\s+|\#[^\n]*|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
                    r"""|(?P<sign>[{}\[\]:,;<>])|(?P<word>[\w.+-]+)""")  # fmt: skip
_PLATFORMS = ("onnxruntime_onnx", "onnxruntime", "onnxruntime_onnx_gpu")
_DATATYPES = {"TYPE_STRING": "BYTES"}
_ENDS = {"{": "}", "<": ">"}


@dataclass(frozen=True, slots=True)
class Config:
    """What a config.pbtxt says; shapes as it writes them, without the axis of rows."""

    name: str = ""
    graph: str = "model.onnx"
    max_rows: int = 0
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    labels: str = ""  # a file beside it


def read_config(path: Path) -> Config:
    """The configuration in a file. Raises CommandFailed."""
    if path.stat().st_size > _MOST_BYTES:
        raise CommandFailed(f"{path} is too large to be a model's configuration")
    try:
        table = _message(iter(_words(path.read_text("utf-8"))), "")
        return _config(table)
    except (ValueError, KeyError, TypeError, StopIteration, RecursionError) as error:
        raise CommandFailed(f"{path} cannot be read as Triton's configuration: {error}") from None


def check_config(config: Config, names: Mapping[str, TensorSpec]) -> None:
    """Raises CommandFailed where the configuration is of another graph."""
    for spec in (*config.inputs, *config.outputs):
        if spec.name not in names:
            known = ", ".join(names)
            raise CommandFailed(
                f"{CONFIG} names a tensor '{spec.name}' that the graph does not have: {known}"
            )
        if spec.datatype != names[spec.name].datatype:
            raise CommandFailed(
                f"{CONFIG} says that '{spec.name}' is {spec.datatype}, but the graph has "
                f"{names[spec.name].datatype}"
            )


def _config(table: Mapping[str, list[Any]]) -> Config:
    platform = _last(table, "platform", "") or _last(table, "backend", "")
    if platform and platform not in _PLATFORMS:
        raise ValueError(f"its platform is {platform!r}, and samovar runs ONNX models")
    if "ensemble_scheduling" in table:
        raise ValueError("it is an ensemble of models, and samovar runs one graph at a time")
    outputs = table.get("output", [])
    labels = [_last(output, "label_filename", "") for output in outputs]
    return Config(
        name=_last(table, "name", ""),
        graph=_last(table, "default_model_filename", "model.onnx"),
        max_rows=int(_last(table, "max_batch_size", "0")),
        inputs=tuple(map(_spec, table.get("input", []))),
        outputs=tuple(map(_spec, outputs)),
        labels=next((label for label in labels if label), ""),
    )


def _spec(table: Mapping[str, list[Any]]) -> TensorSpec:
    kind = _last(table, "data_type", "")
    sizes = tuple(int(size) for size in table.get("dims", []))
    return TensorSpec(_last(table, "name", ""), _DATATYPES.get(kind, kind[5:]), sizes)


def _last(table: Mapping[str, list[Any]], name: str, default: str) -> str:
    return str(table[name][-1]) if table.get(name) else default


def _words(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            line = text.count("\n", 0, at) + 1
            raise ValueError(f"line {line}: {text[at]!r} is not expected there")
        found += [match[0]] if match.lastgroup else []
        at = match.end()
    return found


def _message(words: Iterator[str], end: str) -> dict[str, list[Any]]:
    """Fields until `end`: each name with all of its values, in order."""
    table: dict[str, list[Any]] = {}
    for word in words:
        if word == end:
            return table
        if word in (",", ";"):
            continue
        _field(word, words, table)
    if end:
        raise ValueError(f"it ends before a {end!r}")
    return table


def _field(name: str, words: Iterator[str], table: dict[str, list[Any]]) -> None:
    values = table.setdefault(name, [])
    word = next(words, "")
    word = next(words, "") if word == ":" else word
    if word == "[":
        values += _list(words)
    else:
        values.append(_value(word, words))


def _list(words: Iterator[str]) -> list[Any]:
    values: list[Any] = []
    for word in words:
        if word == "]":
            return values
        if word != ",":
            values.append(_value(word, words))
    raise ValueError("it ends before a ']'")


def _value(word: str, words: Iterator[str]) -> Any:
    if word in _ENDS:
        return _message(words, _ENDS[word])
    if not word or word in "}]>:,;":
        raise ValueError(f"{word!r} stands where a value should")
    return word[1:-1] if word[0] in "\"'" else word
