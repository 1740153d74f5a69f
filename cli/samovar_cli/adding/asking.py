"""The folder that was written, asked as people will ask it; and the examples that come of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from samovar.errors import CommandFailed, ModelFault, SamovarError

from samovar_cli.adding import child, requests, trial
from samovar_cli.adding.fitted import examples
from samovar_cli.adding.fitted.bringing import Brought
from samovar_cli.adding.manifest_text import Draft
from samovar_cli.adding.proposal import Facts, Proposal
from samovar_cli.adding.requests import Request
from samovar_cli.adding.writing import write

_SHORTEST = 8  # tokens that are worth a model


def request(facts: Facts, proposal: Proposal, rows: Brought | None) -> Request | None:
    """What a person would send: a row of the sample, or what can be made up."""
    return examples.request(rows) if rows else requests.request(facts, proposal)


def ask(
    draft: Draft, folder: Path, asked: Request, rows: Brought | None
) -> tuple[Draft, dict[str, Any]]:
    """The answers; the draft with its examples, and with a length of text that the graph bears.

    Raises ModelFault where there is none, or where a row of the sample is answered otherwise
    than the graph alone did; CommandFailed for a tokenizer that does not fit.
    """
    task = _task(folder, asked, rows)
    while True:
        found = child.run(task)
        longest = draft.proposal.pre[0].table.get("max_length", 0) if draft.proposal.pre else 0
        if found["code"] != trial.TOO_LONG or longest <= _SHORTEST:
            break
        draft = replace(draft, proposal=_shorter(draft.proposal, longest // 2))
        write(folder, draft)
    if found["said"]:
        raise _fault(found)
    if not (asked.file and asked.is_kept):
        Path(task.body).unlink()
    if rows:
        rows = _served(rows, found["served"]["predictions"])
    return _with_examples(draft, asked, found["answers"], rows), found


def _task(folder: Path, asked: Request, rows: Brought | None) -> child.Task:
    body = folder / (asked.file or "examples/made-up")
    body.parent.mkdir(exist_ok=True)
    body.write_bytes(asked.payload.body)
    return child.Task(
        "answer",
        str(folder.parent),
        folder.name,
        str(body),
        asked.payload.content_type,
        options={"rows": examples.all_rows(rows)} if rows else {},
    )


def _served(rows: Brought, predictions: list[dict[str, Any]]) -> Brought:
    """The rows that are answered alike through the manifest's steps.

    Raises ModelFault where more are not than by the graph alone.
    """
    wrong = examples.served_otherwise(rows, predictions)
    if len(wrong) > rows.found["parity"]["differing"]:
        row, said = wrong[0]
        raise ModelFault(f"through the manifest's steps, row {row + 1} becomes another: {said}")
    return rows.without({row for row, _ in wrong})


def _with_examples(
    draft: Draft, asked: Request, answers: list[dict[str, Any]], rows: Brought | None
) -> Draft:
    if rows and (found := examples.examples(rows)):
        return replace(draft, examples=found, examples_say=examples.SAYS)
    made = requests.example(asked, answers)
    return replace(draft, examples=(made,) if made else ())


def _shorter(proposal: Proposal, longest: int) -> Proposal:
    first = proposal.pre[0]
    step = replace(first, table={**first.table, "max_length": longest})
    return replace(proposal, pre=(step, *proposal.pre[1:]))


def _fault(found: dict[str, Any]) -> SamovarError:
    if found["code"] == trial.TOKENIZER:
        return CommandFailed(found["said"])
    return ModelFault(f"it does not answer a made-up request: {found['said']}")
