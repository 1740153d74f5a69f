"""A model folder asked once, as people will ask it. Runs in the child process."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from samovar import pipeline
from samovar.errors import SamovarError
from samovar.model import Model
from samovar.settings import Settings
from samovar.steps.text import Tokenize, open_tokenizer
from samovar.types import DTYPES, Array, Payload
from samovar.wiring import load_model

from samovar_cli.adding.child import Task

TOKENIZER, TOO_LONG = "tokenizer", "too_long"


def answer(task: Task) -> dict[str, Any]:
    """The answer, twice; or `said` and `code`, why there was none."""
    body = Path(task.body).read_bytes()
    try:
        began = time.perf_counter()
        model = load_model(Settings(models_dir=Path(task.path)), task.name)
        loaded = time.perf_counter()
        payload = Payload(body, task.content_type, "made-up")
        first = pipeline.infer(payload, model)
        answered = time.perf_counter()
        second = pipeline.infer(payload, model)
        ended = time.perf_counter()
        served = _served(model, task.options.get("rows", ""))
        code, said = _tokenizer_fault(model, Path(task.path) / task.name / model.version)
    except SamovarError as error:
        return {"said": error.message, "code": error.code}
    return {
        "said": said,
        "code": code,
        "served": served,
        "answers": [orjson.loads(first.body), orjson.loads(second.body)],
        "load_ms": (loaded - began) * 1e3,
        "first_ms": (answered - loaded) * 1e3,
        "request_ms": (ended - answered) * 1e3,
    }


def _served(model: Model, rows: str) -> Any:
    """The answer to many rows at once, where there are some."""
    if not rows:
        return None
    return orjson.loads(pipeline.infer(Payload(rows.encode(), "application/json"), model).body)


def _tokenizer_fault(model: Model, folder: Path) -> tuple[str, str]:
    """A code and the reason where the graph has no row for an id, or no place for a token."""
    step = next((step for step in model.spec.pre if isinstance(step, Tokenize)), None)
    if step is None:
        return "", ""
    size = open_tokenizer(step.tokenizer, (folder / step.tokenizer).read_bytes()).get_vocab_size()
    if not _runs(model, step, size - 1, step.length or 4):
        return TOKENIZER, (
            f"the tokenizer does not fit: its {size} tokens are more than the graph knows, which "
            f"fails on number {size - 1}; take the tokenizer.json that the model was trained with"
        )
    if not _runs(model, step, 1, step.length or step.max_length):
        return TOO_LONG, f"the graph fails on a text of {step.max_length} tokens"
    return "", ""


def _runs(model: Model, step: Tokenize, token: int, count: int) -> bool:
    ids: Array = np.full((1, count), token, DTYPES[step.datatype])
    mask = np.ones(ids.shape, DTYPES[step.mask_datatype])
    filling = {step.ids: ids, step.mask: mask, step.types: np.zeros_like(ids)}
    try:
        model.program.run({name: filling[name] for name in model.inputs}, ())
    except SamovarError:
        return False
    return True
