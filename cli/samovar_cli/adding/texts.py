"""Graphs that take token ids, and the tokenizer that makes them of texts."""

import re
from collections.abc import Mapping
from typing import Any

from samovar.types import TensorSpec

from samovar_cli.adding.outcomes import Outcome
from samovar_cli.adding.proposal import Facts, StepTable, table

_WORD_OPERATORS = ("Tokenizer", "TfIdfVectorizer", "StringSplit")
_TOKENS = ("INT64", "INT32")
_MASKS = ("INT64", "INT32", "BOOL", "FP32")
_IDS = re.compile(r"(input[._]?ids?|ids|tokens|input_word_ids|input_tokens)(:0)?")
_MASK = re.compile(r"(attention[._]?mask|input[._]?mask|mask)(:0)?")
_TYPES = re.compile(r"(token[._]?type[._]?ids|segment[._]?ids|input_type_ids)(:0)?")


def step(facts: Facts) -> StepTable | None:
    """The `tokenize` step, where its tensors are all that the graph takes; else None."""
    named = roles(facts.inputs)
    if not named or not facts.hints.tokenizer:
        return None
    form = _form(facts, named)
    if form is None:
        return None
    return table(
        "tokenize",
        "tokenizer.json beside the graph turns a text into token ids; longer texts are cut.",
        *(
            ("The graph takes texts of one length: shorter ones are filled up.",)
            * ("length" in form)
        ),
        tokenizer="tokenizer.json",
        max_length=form.get("length", facts.hints.max_length),
        ids=named["ids"],
        mask=named.get("mask", ""),
        types=named.get("types", ""),
        **form,
    )


def _form(facts: Facts, named: Mapping[str, str]) -> dict[str, Any] | None:
    """Parameters for a graph of one length or of INT32; None where its tensors do not agree."""
    lengths = {spec.shape[1] for spec in facts.inputs}
    mask = named.get("mask", "")
    tokens = {spec.datatype for spec in facts.inputs if spec.name != mask}
    masks = {spec.datatype for spec in facts.inputs if spec.name == mask}
    if len(lengths) > 1 or 0 in lengths or len(tokens) > 1 or not masks <= set(_MASKS):
        return None
    found: dict[str, Any] = {"length": max(lengths), "datatype": tokens.pop()}
    found["mask_datatype"] = masks.pop() if masks else "INT64"
    usual = {"length": -1, "datatype": "INT64", "mask_datatype": "INT64"}
    return {key: value for key, value in found.items() if value != usual[key]}


def plain_step(facts: Facts) -> StepTable | None:
    """The `text_tensor` step, where a graph takes texts and finds their words itself."""
    counts = any(kind in _WORD_OPERATORS for _, kind in facts.graph.operators)
    alone = len(facts.inputs) == 1 and facts.inputs[0].datatype == "BYTES"
    if not alone or not counts or facts.hints.columns:
        return None
    spec = facts.inputs[0]
    if spec.shape not in ((-1,), (-1, 1)):
        return None
    layout = {} if len(spec.shape) == 2 else {"layout": "flat"}
    says = "The graph takes the texts themselves, and finds their words."
    return table("text_tensor", says, tensor=spec.name, **layout)


def without_padding(found: Outcome, step: StepTable) -> Outcome:
    """No mean of vectors where texts are always filled up: the filling would count in it."""
    if "length" not in step.table or all(after.table["step"] != "pool" for after in found.post):
        return found
    note = (
        "its tokens' vectors stay as they are: texts are filled up to one length, and the filling "
        "would count in their mean; export it with its pooling inside, or for texts of any length"
    )
    return Outcome(notes=(note,))


def note(facts: Facts) -> str:
    """What a graph of token ids lacks to take texts; "" for another graph."""
    if not roles(facts.inputs):
        return ""
    if not facts.hints.tokenizer:
        return (
            "it looks like a text model without its tokenizer: to send it texts, add it again "
            "with --tokenizer tokenizer.json --force"
        )
    return (
        "it looks like a text model, but its tensors of tokens are not all of one length and "
        "datatype: to send it texts, export it so"
    )


def roles(inputs: tuple[TensorSpec, ...]) -> Mapping[str, str]:
    """Role → input, where each input has one, and the ids are there; else nothing."""
    roles = {"ids": _IDS, "mask": _MASK, "types": _TYPES}
    found: dict[str, str] = {}
    for spec in inputs:
        short = spec.name.lower().rpartition("/")[2]
        role = next((role for role, known in roles.items() if known.fullmatch(short)), "")
        kinds = _MASKS if role == "mask" else _TOKENS
        if not role or role in found or len(spec.shape) != 2 or spec.datatype not in kinds:
            return {}
        found[role] = spec.name
    return found if "ids" in found else {}
