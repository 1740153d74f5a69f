"""Graphs that take token ids, and the tokenizer that makes them of texts."""

import re
from collections.abc import Mapping

from samovar.types import TensorSpec

from samovar_cli.adding.proposal import Facts, StepTable, table

_IDS = re.compile(r"(input[._]?ids?|ids|tokens|input_word_ids|input_tokens)(:0)?")
_MASK = re.compile(r"(attention[._]?mask|input[._]?mask|mask)(:0)?")
_TYPES = re.compile(r"(token[._]?type[._]?ids|segment[._]?ids|input_type_ids)(:0)?")


def step(facts: Facts) -> StepTable | None:
    """The `tokenize` step, where its tensors are all that the graph takes; else None."""
    named = roles(facts.inputs)
    if not named or not facts.hints.tokenizer:
        return None
    fixed = any(spec.shape[1] >= 0 for spec in facts.inputs)
    if fixed or any(spec.datatype != "INT64" for spec in facts.inputs):
        return None
    return table(
        "tokenize",
        "tokenizer.json beside the graph turns a text into token ids; longer texts are cut.",
        tokenizer="tokenizer.json",
        max_length=facts.hints.max_length,
        ids=named["ids"],
        mask=named.get("mask", ""),
        types=named.get("types", ""),
    )


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
        "it looks like a text model, but takes other than INT64 tokens of any length: to send it "
        "texts, export it so"
    )


def roles(inputs: tuple[TensorSpec, ...]) -> Mapping[str, str]:
    """Role → input, where each input has one, and the ids are there; else nothing."""
    roles = {"ids": _IDS, "mask": _MASK, "types": _TYPES}
    found: dict[str, str] = {}
    for spec in inputs:
        short = spec.name.lower().rpartition("/")[2]
        role = next((role for role, known in roles.items() if known.fullmatch(short)), "")
        if not role or role in found or len(spec.shape) != 2 or spec.datatype[:3] != "INT":
            return {}
        found[role] = spec.name
    return found if "ids" in found else {}
