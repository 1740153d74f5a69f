"""A guarded model, through the doors of bytes that every platform has: predict, infer, a stream."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from samovar.errors import InvalidInput, ManifestInvalid
from samovar.generation.messages import Call as ToolCall
from samovar.generation.messages import Message, Prompt
from samovar.guarding.guards import Guards
from samovar.manifest import read_manifest
from samovar.refusals import GuardRefused, PersonalDataRefused
from samovar.seal import Seal, read_seal, write_seal
from samovar.types import OIP_JSON, Kind, Payload

from tests.unit.guarding.guarded_models import open_service, write_guarded_babble, write_parrot
from tests.unit.guarding.house import pii

HIDE = '[[pre]]\nstep = "guard_pii"\n'
TELL = '[[pre]]\nstep = "guard_pii"\naction = "flag"\n'
HIDE_SAID = '[[post]]\nstep = "guard_pii"\n'
TELL_SAID = '[[post]]\nstep = "guard_terms"\nterms = ["zeus"]\naction = "flag"\n'
REFUSE_SAID = '[[post]]\nstep = "guard_pii"\naction = "refuse"\n'
MAIL = "write to anna@example.com today"


def ask(folder: Path, model: str, said: Any, content_type: str = "application/json") -> Any:
    body = said if isinstance(said, bytes) else orjson.dumps(said)
    return json.loads(open_service(folder).predict(model, "", Payload(body, content_type)).body)


def pieces(folder: Path, said: Any) -> list[Any]:
    stream = open_service(folder).stream("babble", Payload(orjson.dumps(said), "application/json"))
    return [json.loads(piece) for piece in stream]


def test_a_model_never_reads_what_is_hidden_from_it(tmp_path: Path) -> None:
    folder = write_parrot(tmp_path, HIDE)
    found = ask(folder, "parrot", {"text": MAIL})
    assert found["echoed"] == ["write to [EMAIL] today"]
    assert found["flags"] == [
        {"kind": "email", "action": "redact", "where": "input.text", "start": 9, "end": 25}
    ]


def test_each_of_several_rows_has_its_own_flags(tmp_path: Path) -> None:
    folder = write_parrot(tmp_path, TELL)
    one, other = ask(folder, "parrot", {"text": ["nothing", MAIL]})["predictions"]
    assert "flags" not in one
    assert other["echoed"] == [MAIL]
    assert [flag["kind"] for flag in other["flags"]] == ["email"]


def test_infer_goes_through_the_guards_too_and_tells_so_in_its_parameters(tmp_path: Path) -> None:
    folder = write_parrot(tmp_path, TELL, HIDE_SAID)
    entry = {"name": "text", "datatype": "BYTES", "shape": [1], "data": [MAIL]}
    manifest = read_manifest("parrot", (folder / "parrot" / "model.toml").read_text())
    assert len(manifest.guards_before) == len(manifest.guards_after) == 1
    with pytest.raises(GuardRefused):  # the graph's own tensor has the name of the kind: `text`
        ask(folder, "parrot", {"inputs": [entry]}, OIP_JSON)


def test_prompts_and_answers_go_through_infer_guarded(tmp_path: Path) -> None:
    cut = '[[post]]\nstep = "guard_length"\nmax_characters = 3\naction = "redact"\n'
    folder = write_guarded_babble(tmp_path, TELL + cut)
    entry = {"name": "prompt", "datatype": "BYTES", "shape": [1], "data": [MAIL]}
    found = ask(folder, "babble", {"inputs": [entry], "outputs": [{"name": "text"}]}, OIP_JSON)
    (text,) = found["outputs"][0]["data"]
    assert len(text) == 3
    flags = json.loads(found["parameters"]["flags"])
    assert [(flag["kind"], flag.get("row")) for flag in flags] == [("email", 0), ("length", None)]


@pytest.mark.parametrize("guards", [HIDE, HIDE_SAID])
def test_tokens_do_not_go_past_the_guards(tmp_path: Path, guards: str) -> None:
    folder = write_guarded_babble(tmp_path, guards)
    tokens = {"name": "tokens", "datatype": "INT64", "shape": [1, 1], "data": [65]}
    said = {"name": "parameters", "datatype": "BYTES", "shape": [1], "data": ["{}"]}
    with pytest.raises(GuardRefused, match="not tensors"):
        ask(folder, "babble", {"inputs": [tokens, said]}, OIP_JSON)
    with pytest.raises(GuardRefused, match="not tensors"):
        ask(folder, "babble", {"tokens": [65, 66]})


def test_what_a_model_says_is_hidden_in_the_whole_and_in_a_stream(tmp_path: Path) -> None:
    folder = write_guarded_babble(tmp_path, HIDE_SAID + TELL_SAID)
    asked = {"prompt": "a", "choices": [MAIL + ", zeus"]}
    found = ask(folder, "babble", asked)
    assert found["text"] == "write to [EMAIL] today, zeus"
    assert [flag["kind"] for flag in found["flags"]] == ["email", "term"]
    for flag, part in zip(found["flags"], ("[EMAIL]", "zeus"), strict=True):
        assert found["text"][flag["start"] : flag["end"]] == part
    *told, last = pieces(folder, asked)
    assert "".join(piece["text"] for piece in told) == found["text"]
    assert len(told) > 3
    assert (last["finish_reason"], last["flags"]) == (found["finish_reason"], found["flags"])


def test_a_refused_answer_ends_its_stream_with_an_error_before_any_of_it(tmp_path: Path) -> None:
    folder = write_guarded_babble(tmp_path, REFUSE_SAID)
    asked = {"prompt": "a", "choices": [MAIL]}
    with pytest.raises(PersonalDataRefused) as refused:
        ask(folder, "babble", asked)
    assert "anna" not in refused.value.message
    stream = open_service(folder).stream("babble", Payload(orjson.dumps(asked), "application/json"))
    said: list[str] = []
    with pytest.raises(PersonalDataRefused):
        said.extend(json.loads(piece)["text"] for piece in stream)
    assert "".join(said) == "write to "


def test_a_conversation_is_guarded_message_by_message(tmp_path: Path) -> None:
    folder = write_guarded_babble(tmp_path, TELL)
    messages = [{"role": "system", "content": "be kind"}, {"role": "user", "content": MAIL}]
    found = ask(folder, "babble", {"messages": messages, "max_tokens": 2})
    assert [flag["where"] for flag in found["flags"]] == ["input.messages[1]"]


def test_probabilities_of_tokens_do_not_tell_what_is_hidden(tmp_path: Path) -> None:
    folder = write_guarded_babble(tmp_path, HIDE_SAID)
    with pytest.raises(InvalidInput, match="logprobs"):
        ask(folder, "babble", {"prompt": "a", "logprobs": 2})


def test_calls_of_tools_are_guarded_as_they_grow() -> None:
    guards = Guards(Kind.PROMPT, after=pii())
    deltas = [{"index": 0, "name": "mail", "arguments": ""}]
    deltas += [{"index": 0, "arguments": part} for part in ('{"to": "anna@exa', 'mple.com"', "}")]
    said = [{"tool_calls": [delta]} for delta in deltas]
    *told, last = guards.pieces([*said, {"finish_reason": "tool_calls", "usage": {}}])
    calls = [delta for piece in told for delta in piece["tool_calls"]]
    assert calls[0] == {"index": 0, "name": "mail", "arguments": ""}
    assert "".join(call["arguments"] for call in calls) == '{"to": "[EMAIL]"}'
    assert last["flags"][0]["where"] == "answer.tool_calls[0].arguments"


def test_what_tools_were_called_with_before_is_guarded_too() -> None:
    guards = Guards(Kind.PROMPT, before=pii())
    call = ToolCall("1", "mail", {"to": ["anna@example.com"], "copies": 2})
    prompt = Prompt(messages=(Message("assistant", "", calls=(call,)),))
    ((found,), _) = guards.items([prompt])
    assert found.messages[0].calls[0].arguments == {"to": ["[EMAIL]"], "copies": 2}


def test_choices_of_one_prompt_are_guarded_each_by_itself() -> None:
    guards = Guards(Kind.PROMPT, after=pii())
    halves = [(0, "anna@exa"), (1, "to bob@"), (0, "mple.com "), (1, "home, ")]
    said: list[dict[str, Any]] = [{"index": at, "text": text} for at, text in halves]
    said += [{"index": at, "finish_reason": "stop", "usage": {}} for at in (0, 1)]
    texts = ["", ""]
    for piece in guards.pieces(said):
        texts[piece["index"]] += piece.get("text", "")
    assert texts == ["[EMAIL] ", "to bob@home, "]


def test_parts_of_a_text_are_hidden_as_the_whole_is() -> None:
    guards = Guards(Kind.AUDIO, after=pii())
    words = ["Card", "4111", "1111", "1111", "1111", "please"]
    found = guards.answer(
        {
            "text": " ".join(words),
            "label": "4111111111111111",
            "segments": [
                {"text": " ".join(words[:3]), "words": [{"text": one} for one in words[:3]]},
                {"text": " ".join(words[3:]), "words": [{"text": one} for one in words[3:]]},
            ],
        }
    )
    assert found["text"] == "Card [CARD] please"
    assert [one["text"] for one in found["segments"]] == ["Card [CARD]", "[CARD] please"]
    said = [word["text"] for one in found["segments"] for word in one["words"]]
    assert said == ["Card", *["[CARD]"] * 4, "please"]
    assert found["label"] == "4111111111111111"  # a model's own label is no text of anybody's


BAD = [
    ('[[pre]]\nstep = "text_tensor"\ntensor = "text"\n' + HIDE, "before all other"),
    (HIDE.replace("guard_pii", "guard_pi"), "unknown step"),
    (HIDE + 'kinds = ["names"]', "kinds"),
    (HIDE + 'regions = ["XX"]', "not known"),
    (HIDE + 'action = "hide"', "action"),
    ('[[pre]]\nstep = "guard_terms"\nterms = ["!!"]', "without a word"),
    ('[[pre]]\nstep = "guard_length"\nmax_characters = 0', "1 or more"),
]


@pytest.mark.parametrize(("guards", "told"), BAD)
def test_a_wrong_guard_is_a_fault_of_the_manifest(guards: str, told: str) -> None:
    manifest = '[input]\nkind = "text"\n' + guards
    with pytest.raises(ManifestInvalid, match=told):
        read_manifest("wrong", manifest)


def test_pictures_have_no_guards_before_them() -> None:
    with pytest.raises(ManifestInvalid, match="guards texts and prompts"):
        read_manifest("wrong", '[input]\nkind = "image"\n' + HIDE)


def test_a_sealed_model_has_all_its_guards() -> None:
    manifest = '[input]\nkind = "text"\n' + HIDE + 'kinds = ["card"]\nregions = []\n'
    manifest += '[[pre]]\nstep = "text_tensor"\ntensor = "text"\n' + TELL_SAID
    manifest += '[[post]]\nstep = "guard_schema"\nschema = { enum = ["a", 1], minLength = 2 }\n'
    spec = read_manifest("sealed", manifest)
    seal = Seal(spec, {}, {})
    assert read_seal(write_seal(seal), lambda: ()) == seal
    assert [len(spec.guards_before), len(spec.guards_after)] == [1, 2]


def test_a_guard_of_answers_does_not_stand_before_a_model() -> None:
    with pytest.raises(ManifestInvalid, match="judges answers"):
        read_manifest(
            "wrong", '[input]\nkind = "text"\n[[pre]]\nstep = "guard_schema"\nschema = {}\n'
        )
