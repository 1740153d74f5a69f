"""What a cold start of the hot door loads: each module below, and a reason for each.

A module that comes to this list costs every cold start. Times are measured by the benchmarks.
"""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.tiny_models import WORDS, write_models

ROOT = Path(__file__).resolve().parents[2]

STANDARD = {
    "array", "base64", "binascii", "copy", "dataclasses", "errno", "fnmatch", "gc", "glob",
    "ntpath", "pathlib", "zlib",
}  # fmt: skip
"""The standard library's, beside what Python, numpy, onnxruntime and Lambda's client load."""
RUNTIME_CLIENT = {
    "atexit", "concurrent", "json", "logging", "queue", "string", "textwrap", "threading",
    "traceback", "tokenize", "token", "linecache", "weakref",
}  # fmt: skip
"""What Lambda's runtime client has loaded before a function is."""
BROUGHT = {
    "orjson": "JSON; looks for the two below itself",
    "uuid": "orjson",
    "zoneinfo": "orjson",
    "urllib": "pathlib, before Python 3.13",
    "ipaddress": "urllib, before Python 3.13",
}
FORBIDDEN = {
    "boto3", "botocore", "pydantic", "fastapi", "starlette", "mangum", "PIL", "tokenizers",
    "tomllib", "asyncio", "hashlib", "mmap", "email", "http", "ssl", "socket", "unittest",
    "aws_lambda_powertools", "onnx", "xml", "decimal", "multiprocessing",
}  # fmt: skip

PROBE = """
import sys
import json, logging, traceback, threading, queue
import numpy, onnxruntime
before = set(sys.modules)
from samovar.wiring import hot_handler
handler = hot_handler({{"SAMOVAR_MODELS_DIR": sys.argv[1], "SAMOVAR_PRELOAD": "mood,sums",
                       "SAMOVAR_SINKS": "", "SAMOVAR_MODELS_BUCKET": "bucket",
                       "SAMOVAR_JOBS_TABLE": "t", "SAMOVAR_JOBS_QUEUE_URL": "q",
                       "SAMOVAR_DATA_BUCKET": "data"}})
event = {{"version": "2.0", "rawPath": {path!r}, "headers": {{"content-type": {kind!r}}},
         "requestContext": {{"http": {{"method": "POST"}}, "requestId": "r"}}, "body": {body!r}}}
answer = handler(event, None)
assert answer["statusCode"] == 200, answer
print("\\n" + " ".join(set(sys.modules) - before))
"""
INFER = (
    "/v2/models/sums/infer",
    "application/json",
    orjson.dumps(
        {
            "inputs": [
                {"name": name, "datatype": "INT64", "shape": [1, 2], "data": [1, 2]}
                for name in "ab"
            ]
        }
    ).decode(),
)
UNNEEDED = tuple(
    f"samovar.{room}"
    for room in (
        *("job", "heavy", "batch_", "manifest", "rows", "onnxfile", "protobuf", "toml"),
        *("addresses", "signatures", "edges.http", "edges.job", "edges.open"),
    )
)
BERT = {
    "normalizer": {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": True,
        "strip_accents": None,
        "lowercase": True,
    },
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "model": {
        "type": "WordPiece",
        "vocab": {"[UNK]": 0} | {word: at for at, word in enumerate(WORDS, 1)},
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
    },
}
PREDICT = ("/v1/models/mood/predict", "text/plain", "great and good")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder as the layer has it; the vocabulary is plain English's."""
    from samovar.adapters.sealing import seal_models

    root = write_models(tmp_path_factory.mktemp("opt") / "models")
    tokenizer = root / "mood" / "1" / "tokenizer.json"
    tokenizer.write_bytes(orjson.dumps(orjson.loads(tokenizer.read_bytes()) | BERT))
    assert seal_models(root) == {}
    return root


def loaded(root: Path, path: str, kind: str, body: str) -> set[str]:
    """Modules that a fresh hot door has loaded by its first answer, beside its runtimes'."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(path=path, kind=kind, body=body), str(root)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(done.stdout.splitlines()[-1].split())


def tops(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_infer_loads_what_is_listed_and_no_more(sealed: Path) -> None:
    found = {name for name in tops(loaded(sealed, *INFER)) if not name.startswith("_")}
    assert not found & FORBIDDEN
    assert found - {"samovar"} <= STANDARD | RUNTIME_CLIENT | BROUGHT.keys()


def test_infer_loads_no_part_of_samovar_that_it_does_not_need(sealed: Path) -> None:
    found = {name for name in loaded(sealed, *INFER) if name.startswith("samovar.")}
    assert [name for name in sorted(found) if name.startswith(UNNEEDED)] == []
    assert len(found) <= 75


def test_predict_of_a_plain_text_needs_no_tokenizer_library(sealed: Path) -> None:
    assert not tops(loaded(sealed, *PREDICT)) & FORBIDDEN
