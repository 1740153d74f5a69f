"""OpenAI's own client generates text. Run as `python openai_text_cases.py URL CASE`."""

import asyncio
import sys

import openai
import pytest

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
        client.chat.completions.create(model="babble", messages=HELLO, n=2)
    assert "'n' is not taken" in refused.value.message
    long = [{"role": "user", "content": "x" * 400}]
    with pytest.raises(openai.APIStatusError) as large:
        client.chat.completions.create(model="babble", messages=long, stream=True)
    assert large.value.status_code == 413


if __name__ == "__main__":
    url, case = sys.argv[1:]
    globals()[case](openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0))
