"""OpenAI's own client as a stranger uses it. Run as `python openai_cases.py URL CASE`."""

import io
import json
import time

import openai
import pytest

ROWS = 40


def lines():
    for at in range(ROWS):
        body = {"model": "minilm-small", "input": f"The {at}th guest asks for tea."}
        if at == 7:
            body["input"] = 7
        yield {"custom_id": f"row-{at}", "method": "POST", "url": "/v1/embeddings", "body": body}


def file_of(documents):
    return io.BytesIO("".join(json.dumps(one) + "\n" for one in documents).encode())


def case_a_batch_of_embeddings(client):
    file = client.files.create(file=("rows.jsonl", file_of(lines())), purpose="batch")
    assert file.filename == "rows.jsonl"
    batch = client.batches.create(
        input_file_id=file.id,
        endpoint="/v1/embeddings",
        completion_window="24h",
        metadata={"team": "red"},
    )
    limit = time.monotonic() + 90
    while batch.status not in ("completed", "failed") and time.monotonic() < limit:
        time.sleep(0.5)
        batch = client.batches.retrieve(batch.id)
    assert batch.status == "completed", batch
    counts = batch.request_counts
    assert (counts.total, counts.completed, counts.failed) == (ROWS, ROWS - 1, 1)
    text = client.files.content(batch.output_file_id).text
    answers = [json.loads(line) for line in text.splitlines()]
    assert [one["custom_id"] for one in answers] == [f"row-{n}" for n in range(ROWS) if n != 7]
    for one in answers:
        (found,) = one["response"]["body"]["data"]
        assert len(found["embedding"]) == 384
    (failed,) = client.files.content(batch.error_file_id).text.splitlines()
    assert json.loads(failed)["custom_id"] == "row-7"
    assert batch.id in [one.id for one in client.batches.list(limit=5)]


def case_embeddings_at_once(client):
    texts = ["The first guest asks for tea.", "The second one asks for coffee."]
    found = client.embeddings.create(model="minilm-small", input=texts)
    plain = client.embeddings.create(model="minilm-small", input=texts[1], encoding_format="float")
    assert [one.index for one in found.data] == [0, 1]
    assert found.data[1].embedding == pytest.approx(plain.data[0].embedding, abs=1e-6)
    assert len(plain.data[0].embedding) == 384


def case_fewer_dimensions_are_the_first_at_length_one(client):
    whole, short = (
        client.embeddings.create(model="minilm-small", input="tea", **more)
        for more in ({}, {"dimensions": 64})
    )
    first = whole.data[0].embedding[:64]
    length = sum(number * number for number in first) ** 0.5
    assert short.data[0].embedding == pytest.approx([x / length for x in first], abs=1e-6)
    assert short.usage.prompt_tokens == short.usage.total_tokens == 3
    with pytest.raises(openai.BadRequestError, match="have 384"):
        client.embeddings.create(model="minilm-small", input="tea", dimensions=385)
    with pytest.raises(openai.BadRequestError, match="token ids"):
        client.embeddings.create(model="minilm-small", input=[101, 102])


def case_models_are_listed_and_shown(client):
    found = {model.id: model for model in client.models.list()}
    assert {"minilm-small", "task-priority"} <= found.keys()
    one = client.models.retrieve("minilm-small")
    assert (one.id, one.object, one.owned_by) == ("minilm-small", "model", "samovar")
    assert isinstance(one.created, int)
    with pytest.raises(openai.NotFoundError) as missing:
        client.models.retrieve("nobody")
    assert missing.value.code == "model_not_found"


def case_files_come_and_go(client):
    file = client.files.create(file=("x.jsonl", file_of([{"a": 1}])), purpose="batch")
    assert file.id in [one.id for one in client.files.list()]
    assert client.files.content(file.id).read() == b'{"a": 1}\n'
    assert client.files.delete(file.id).deleted
    with pytest.raises(openai.NotFoundError) as gone:
        client.files.retrieve(file.id)
    assert gone.value.response.json()["code"] == "file_not_found"


def case_a_batch_is_cancelled(client):
    file = client.files.create(file=("rows.jsonl", file_of(lines())), purpose="batch")
    batch = client.batches.create(
        input_file_id=file.id, endpoint="/v1/embeddings", completion_window="24h"
    )
    try:
        status = client.batches.cancel(batch.id).status
    except openai.ConflictError:  # it was over first
        status = client.batches.retrieve(batch.id).status
    assert status in ("cancelled", "completed")


def case_errors_say_what_to_do(client):
    with pytest.raises(openai.NotFoundError) as refused:
        client.batches.create(
            input_file_id="file-none", endpoint="/v1/embeddings", completion_window="24h"
        )
    assert "file-none" in refused.value.response.json()["error"]


def judge(case: str, url: str) -> None:
    globals()[case](openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0))
