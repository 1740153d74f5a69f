"""OpenAI's own client generates text. Run as `python openai_text_cases.py URL CASE`."""

import asyncio
from enum import Enum
from typing import Literal

import openai
import pydantic
import pytest


class Kind(Enum):
    SMALL = "small"
    LARGE = "large"


HELLO = [{"role": "user", "content": "hello"}]


def case_a_chat_whole_and_in_pieces(client):
    whole = client.chat.completions.create(model="babble", messages=HELLO)
    assert whole.choices[0].message.role == "assistant"
    assert whole.choices[0].finish_reason == "length"
    assert whole.usage.completion_tokens == 16
    pieces = list(
        client.chat.completions.create(
            model="babble", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )
    said = "".join(one.choices[0].delta.content or "" for one in pieces if one.choices)
    assert said == whole.choices[0].message.content
    assert pieces[-1].usage.completion_tokens == whole.usage.completion_tokens


def case_many_at_once_without_waiting(client):
    async def ask(asynchronous, number):
        messages = [{"role": "user", "content": f"hello {number}"}]
        pieces = await asynchronous.chat.completions.create(
            model="babble", messages=messages, stream=True
        )
        return "".join([one.choices[0].delta.content or "" async for one in pieces])

    async def together():
        async with openai.AsyncOpenAI(base_url=client.base_url, api_key="none") as asynchronous:
            return await asyncio.gather(*(ask(asynchronous, number) for number in range(6)))

    said = asyncio.run(together())
    for number, text in enumerate(said):
        messages = [{"role": "user", "content": f"hello {number}"}]
        alone = client.chat.completions.create(model="babble", messages=messages)
        assert alone.choices[0].message.content == text


def case_completions_and_errors(client):
    said = client.completions.create(model="babble", prompt="a", max_tokens=4, logprobs=2)
    assert len(said.choices[0].logprobs.token_logprobs) == 4
    with pytest.raises(openai.NotFoundError) as gone:
        client.chat.completions.create(model="none", messages=HELLO)
    assert gone.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="babble", messages=HELLO, n=0)
    assert "'n' must be" in refused.value.message
    assert refused.value.code == "invalid_input"
    long = [{"role": "user", "content": "x" * 3200}]
    with pytest.raises(openai.APIStatusError) as large:
        client.chat.completions.create(model="babble", messages=long, stream=True)
    assert large.value.status_code == 413


class Place(pydantic.BaseModel):
    """What a tool asks for."""

    city: Literal["Paris", "Rome"]
    known: bool


class Thing(pydantic.BaseModel):
    size: Literal[1, 2, 3]
    kind: Kind
    known: bool
    inner: list["Thing"] = pydantic.Field(max_length=1)


def case_answers_of_a_form_are_parsed(client):
    found = client.chat.completions.parse(
        model="babble", messages=HELLO, response_format=Thing, max_tokens=400
    )
    thing = found.choices[0].message.parsed
    assert isinstance(thing, Thing)
    with client.chat.completions.stream(
        model="babble", messages=HELLO, response_format=Thing, max_tokens=400
    ) as events:
        assert events.get_final_completion().choices[0].message.parsed == thing
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(
            model="babble", messages=HELLO, response_format=Thing, max_tokens=3
        )
    said = client.chat.completions.create(
        model="babble", messages=HELLO, response_format={"type": "json_object"}, max_tokens=2
    )
    assert said.choices[0].message.content.startswith("{")
    never = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"enum": []}}}
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="babble", messages=HELLO, response_format=never)
    assert refused.value.code == "invalid_schema"


def case_tools_are_called_and_answered(client):
    tools = [openai.pydantic_function_tool(Place, name="weather")]
    asked = {"model": "babble", "tools": tools, "tool_choice": "required", "max_tokens": 400}
    found = client.chat.completions.parse(messages=HELLO, **asked)
    (choice,) = found.choices
    (call,) = choice.message.tool_calls
    assert choice.finish_reason == "tool_calls"
    assert isinstance(call.function.parsed_arguments, Place)
    with client.chat.completions.stream(messages=HELLO, **asked) as events:
        final = events.get_final_completion().choices[0].message.tool_calls[0]
    assert final.function.arguments == call.function.arguments
    talk = [
        *HELLO,
        choice.message,
        {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"},
    ]
    answer = client.chat.completions.create(model="babble", messages=talk, tools=tools)
    assert answer.choices[0].finish_reason in ("length", "stop")
    several = client.chat.completions.create(
        model="babble", messages=HELLO, n=3, temperature=1, seed=2, logit_bias={"64": -100}
    )
    assert len({one.message.content for one in several.choices}) == 3


def judge(case: str, url: str) -> None:
    globals()[case](openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0))
