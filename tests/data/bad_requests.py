"""HTTP requests that are wrong, for the models of tests/kind_models.py.

Each has the status and code that every door gives it, and words that the answer must hold:
the tensor, column, parameter or key that is at fault. Bodies of predict by themselves are in
tests/data/bad_bodies.py; here are the protocol's, the headers, paths and methods, and what a
model's own columns and inputs refuse.
"""

import gzip
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

LIMIT = 1_000_000
"""Bytes that the doors under test take in one body."""

JSON = {"content-type": "application/json"}
SIZE = "inference-header-content-length"
AFFINE, SUMS, ECHO = "/v2/models/affine/infer", "/v2/models/sums/infer", "/v2/models/echo/infer"
HALVES, GATHER = "/v2/models/halves/infer", "/v2/models/gather/infer"
MALFORMED, SHAPE, DATATYPE = "malformed_body", "wrong_shape", "wrong_datatype"
MISSING, UNKNOWN, TWICE = "missing_tensor", "unknown_tensor", "duplicate_name"
TOO_LARGE, INVALID = "payload_too_large", "invalid_input"
NO_MODEL, NO_VERSION, NO_ROUTE = "model_not_found", "version_not_found", "route_not_found"
_STATUS = {
    TOO_LARGE: 413,
    NO_MODEL: 404,
    NO_VERSION: 404,
    NO_ROUTE: 404,
    "method_not_allowed": 405,
    "unsupported_encoding": 415,
    "unsupported_media_type": 415,
}


class BadRequest(NamedTuple):
    """A request, the code of its refusal, and words that the refusal must hold."""

    name: str
    path: str
    body: bytes
    code: str
    says: tuple[str, ...] = ()
    headers: Mapping[str, str] = {}
    method: str = "POST"

    @property
    def status(self) -> int:
        """The refusal's HTTP status."""
        return _STATUS.get(self.code, 400)


def bad_requests() -> Iterator[BadRequest]:
    """All of them, each with a name of its own."""
    for group in (_json, _heads, _tensors, _shapes, _values, _outputs, _binary, _raw, _texts):
        yield from group()
    for group in (_encodings, _sizes, _places, _methods, _rows, _arrays, _graphs):
        yield from group()


def x(**changes: Any) -> dict[str, Any]:
    """Affine's input as it should be, but for the changes; None leaves a key out."""
    tensor = {"name": "x", "datatype": "FP32", "shape": [1, 3], "data": [1, 2, 3]} | changes
    return {key: value for key, value in tensor.items() if value is not ...}


def infer(*tensors: Any, **more: Any) -> bytes:
    return orjson.dumps({"inputs": list(tensors), **more})


def bad(
    name: str, body: bytes, code: str, *says: str, at: str = AFFINE, **headers: str
) -> BadRequest:
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    return BadRequest(name, at, body, code, says, sent)


def _json() -> Iterator[BadRequest]:
    bodies: Mapping[str, bytes] = {
        "nothing": b"",
        "a blank": b" ",
        "NUL": b"\0",
        "half an object": b'{"inputs": [',
        "an object and more": infer(x()) + b"{}",
        "a bare word": b"inputs",
        "single quotes": b"{'inputs': []}",
        "a trailing comma": b'{"inputs": [],}',
        "a comment": b'{"inputs": []} // no',
        "NaN": infer(x()).replace(b"[1,2,3]", b"[NaN,2,3]"),
        "Infinity": infer(x()).replace(b"[1,2,3]", b"[1,-Infinity,3]"),
        "a number of 400 digits": infer(x()).replace(b"[1,2,3]", b"[%b,2,3]" % (b"9" * 400)),
        "an exponent beyond doubles": infer(x()).replace(b"[1,2,3]", b"[1e999,2,3]"),
        "a leading zero": infer(x()).replace(b"[1,2,3]", b"[01,2,3]"),
        "hexadecimal": infer(x()).replace(b"[1,2,3]", b"[0x1,2,3]"),
        "bytes that are no UTF-8": infer(x()).replace(b'"x"', b'"\xff"'),
        "half a surrogate pair": infer(x()).replace(b'"x"', b'"\\ud800"'),
        "UTF-16": infer(x()).decode().encode("utf-16"),
        "UTF-32": infer(x()).decode().encode("utf-32"),
        "a control character": infer(x()).replace(b'"x"', b'"\x01"'),
        "a bad escape": infer(x()).replace(b'"x"', b'"\\x41"'),
        "100,000 open lists": b"[" * 100_000,
        "100,000 open objects": b'{"a":' * 100_000,
        "lists 100,000 deep": b'{"inputs": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "data 500 deep": infer(x(data=...)).replace(
            b'"FP32"', b'"FP32","data":' + b"[" * 500 + b"1" + b"]" * 500
        ),
        "a pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00}\x94.",
        "a form": b"inputs=1&x=2",
        "protobuf": b"\x0a\x06affine\x12\x011",
    }
    for name, body in bodies.items():
        yield bad(f"JSON: {name}", body, MALFORMED)
    for name, body in {
        "a list": b"[]",
        "a text": b'"x"',
        "a number": b"1",
        "null": b"null",
    }.items():
        yield bad(f"JSON: {name}", body, MALFORMED, "object")
    doubles: Mapping[str, bytes] = {
        "inputs": b'{"inputs": [], "inputs": []}',
        "id": infer(x())[:-1] + b',"id":"a","id":"b"}',
        "data": infer(x()).replace(b'"data":', b'"data":[4,5,6],"data":'),
        "name": infer(x()).replace(b'"name":', b'"name":"y","name":'),
        "shape": infer(x()).replace(b'"shape":', b'"shape":[9],"shape":'),
        "binary_data": infer(
            x(), outputs=[{"name": "y", "parameters": {"binary_data": True}}]
        ).replace(b'"binary_data":', b'"binary_data":false,"binary_data":'),
        "parameters": infer(x())[:-1] + b',"parameters":{},"parameters":{}}',
    }
    for key, body in doubles.items():
        yield bad(f"JSON: key {key} twice", body, TWICE, f"'{key}'")
    escaped = infer(x()).replace(b'"data":', b'"d\\u0061ta":[4,5,6],"data":')
    yield bad("JSON: key data twice, once escaped", escaped, TWICE, "'data'")


def _heads() -> Iterator[BadRequest]:
    yield bad("no inputs", b"{}", MISSING, "inputs")
    yield bad("an empty list of inputs", b'{"inputs": []}', MISSING, "inputs")
    for name, value in {"null": None, "an object": {}, "a text": "x", "a number": 3}.items():
        yield bad(f"inputs: {name}", orjson.dumps({"inputs": value}), MALFORMED, "inputs")
    for name, value in {"a list": [[]], "a text": ["x"], "null": [None]}.items():
        yield bad(f"an input: {name}", orjson.dumps({"inputs": value}), MALFORMED, "inputs")
    for name, value in {"a number": 7, "null": None, "a list": []}.items():
        yield bad(f"id: {name}", infer(x(), id=value), MALFORMED, "id")
    for name, value in {"a list": [], "a text": "x", "null": None}.items():
        yield bad(f"parameters: {name}", infer(x(), parameters=value), MALFORMED, "parameters")
    for value in ("yes", 1, None, []):
        head = infer(x(), parameters={"binary_data_output": value})
        yield bad(f"binary_data_output: {value!r}", head, MALFORMED, "binary_data_output")
    two = infer(x(), orjson.loads(orjson.dumps(x())))
    yield bad("an input twice", two, TWICE, "'x'")


def _tensors() -> Iterator[BadRequest]:
    for name in ("y", "X", "", " x", "x\u200b", "input_0"):
        yield bad(f"name: {name!r}", infer(x(name=name)), UNKNOWN, f"'{name}'", "it takes x")
    yield bad("name: 500 kB", infer(x(name="n" * 500_000)), UNKNOWN, "no input 'nnn")
    yield bad("name: none", infer(x(name=...)), UNKNOWN, "no input ''")
    for value in (None, 3, ["x"], {}):
        yield bad(f"name: {value!r}", infer(x(name=value)), MALFORMED, "name")
    one_more = infer(x(), {"name": "z", "datatype": "FP32", "shape": [1], "data": [1]})
    yield bad("one input more", one_more, UNKNOWN, "'z'")
    a = {"name": "a", "datatype": "INT64", "shape": [1, 2], "data": [1, 2]}
    yield bad("one input less", infer(a), MISSING, "'b'", at=SUMS)
    for value in ("FP64", "INT64", "BYTES", "FP16", "BOOL"):
        yield bad(f"datatype: {value}", infer(x(datatype=value)), DATATYPE, "'x'", "FP32", value)
    for value in ("fp32", "float32", "FLOAT", "", "TYPE_FP32", "d" * 500_000):
        yield bad(f"datatype: {value[:12]!r}", infer(x(datatype=value)), DATATYPE, "'x'", "FP32")
    yield bad("datatype: none", infer(x(datatype=...)), DATATYPE, "'x'")
    yield bad("datatype: a number", infer(x(datatype=1)), MALFORMED, "datatype")
    yield bad("no data", infer(x(data=...)), MISSING, "'x'", "data")
    for name, value in {"null": None, "a number": 1, "a text": "123", "an object": {}}.items():
        yield bad(f"data: {name}", infer(x(data=value)), SHAPE, "'x'", "list")
    yield bad("parameters of an input: a list", infer(x(parameters=[])), MALFORMED, "parameters")


def _shapes() -> Iterator[BadRequest]:
    for value in ([3], [1, 1, 3], [], [1, 4], [3, 1], [0], [1, 0]):
        yield bad(f"shape: {value}", infer(x(shape=value)), SHAPE, "'x'", str(value))
    for value in ([-1, 3], [1, -3], [1.0, 3], ["1", 3], [None, 3], [True, 3], [[1, 3]], [1, {}]):
        yield bad(f"shape: {value}", infer(x(shape=value)), SHAPE, "'x'", "shape")
    for name, value in {"none": ..., "null": None, "a number": 3, "a text": "1,3"}.items():
        yield bad(f"shape: {name}", infer(x(shape=value)), SHAPE, "'x'", "shape")
    for name, value in {
        "2**40 rows": [2**40, 3],
        "a product of 2**64": [2**32, 2**32],
        "a product that wraps to 3": [6148914691236517205, 3],
        "a size of 2**63": [2**63, 3],
        "sizes of 2**62": [2**62] * 8,
    }.items():
        yield bad(f"shape: {name}", infer(x(shape=value)), TOO_LARGE, "'x'", "elements")
    yield bad("shape: 40 dimensions", infer(x(shape=[1] * 40)), SHAPE, "'x'", "dimensions")
    yield bad("shape: 100,000 dimensions", infer(x(shape=[99] * 100_000)), SHAPE, "100000")
    yield bad(
        "shape: a size of 10**30", infer(x()).replace(b"[1,3]", b"[%d,3]" % 10**30), SHAPE, "'x'"
    )
    for name, value in {"too few": [1, 2], "too many": [1, 2, 3, 4], "none at all": []}.items():
        yield bad(f"count: {name}", infer(x(data=value)), SHAPE, "'x'", f"{len(value)} elements")
    for value in (
        [[1], [2], [3]],
        [[1, 2, 3], [4, 5, 6]],
        [[[1, 2, 3]]],
        [[1, 2], [3]],
        [1, [2, 3]],
    ):
        yield bad(f"nesting: {value}", infer(x(data=value)), SHAPE, "'x'")
    a = {"name": "a", "datatype": "INT64", "shape": [1, 2], "data": [1, 2]}
    b = {"name": "b", "datatype": "INT64", "shape": [2, 2], "data": [1, 2, 3, 4]}
    yield bad("inputs of 1 and 2 rows", infer(a, b), SHAPE, "'a' has 1", "'b' has 2", at=SUMS)


def _values() -> Iterator[BadRequest]:
    for value in ("1", True, {}, 1e39, -1e39, "NaN"):
        body = infer(x(data=[value, 2, 3]))
        yield bad(f"a value of FP32: {value!r}", body, DATATYPE, "'x'", "FP32")
    whole = {"datatype": "INT64", "shape": [1, 2]}
    b = {"name": "b", "data": [1, 2], **whole}
    for value in (1.5, 1.0, True, None, "1", {}):
        body = infer({"name": "a", "data": [value, 2], **whole}, b)
        yield bad(f"a value of INT64: {value!r}", body, DATATYPE, "'a'", "INT64", at=SUMS)
    for digits in (b"9223372036854775808", b"-9223372036854775809", b"99999999999999999999"):
        body = infer({"name": "a", "data": [0, 2], **whole}, b).replace(b"[0,", b"[%b," % digits)
        yield bad(f"a value of INT64: {digits.decode()}", body, DATATYPE, "'a'", at=SUMS)
    for value in (1, None, True, {}):
        tensor = {"name": "text", "datatype": "BYTES", "shape": [1, 1], "data": [value]}
        yield bad(f"a value of BYTES: {value!r}", infer(tensor), DATATYPE, "'text'", at=ECHO)
    one_text = [1] * 20_000 + ["x" * 200_000]
    yield bad("one long text among numbers", infer(x(data=one_text)), SHAPE, "'x'")
    tall = infer(x(shape=[6667, 3], data=[*one_text]))
    yield bad("one long text among numbers that fit", tall, DATATYPE, "'x'")
    half = {"name": "h", "datatype": "FP16", "shape": [1, 2], "data": [1, 2]}
    yield bad("half floats in JSON", infer(half), DATATYPE, "'h'", "binary", at=HALVES)


def _outputs() -> Iterator[BadRequest]:
    for name in ("z", "Y", "", "n" * 300_000):
        body = infer(x(), outputs=[{"name": name}])
        yield bad(f"output: {name[:10]!r}", body, UNKNOWN, f"'{name[:10]}", "it gives y")
    yield bad("output: no name", infer(x(), outputs=[{}]), UNKNOWN, "output ''")
    yield bad("output twice", infer(x(), outputs=[{"name": "y"}] * 2), TWICE, "'y'")
    for value in (None, {}, "y", ["y"], [None], [3]):
        yield bad(f"outputs: {value!r}", infer(x(), outputs=value), MALFORMED, "outputs")
    yield bad("output name: a number", infer(x(), outputs=[{"name": 3}]), MALFORMED, "name")
    for value in (1, "true", None):
        output = {"name": "y", "parameters": {"binary_data": value}}
        yield bad(f"binary_data: {value!r}", infer(x(), outputs=[output]), MALFORMED, "binary_data")
    output = {"name": "y", "parameters": 3}
    yield bad("parameters of an output", infer(x(), outputs=[output]), MALFORMED, "parameters")
    raw = struct.pack("<2e", 1, 2)
    h = {"name": "h", "datatype": "FP16", "shape": [1, 2], "parameters": {"binary_data_size": 4}}
    yield _with_raw("half floats wanted in JSON", infer(h), raw, DATATYPE, "'h2'", at=HALVES)


def _with_raw(
    name: str, head: bytes, raw: bytes, code: str, *says: str, at: str = AFFINE
) -> BadRequest:
    return BadRequest(name, at, head + raw, code, says, {SIZE: str(len(head))})


def _binary() -> Iterator[BadRequest]:
    def head(size: Any, **changes: Any) -> bytes:
        return infer(x(data=..., parameters={"binary_data_size": size}, **changes))

    raw = struct.pack("<3f", 1, 2, 3)
    for size in (-1, "12", 12.0, True, [12], 13, 2**40):
        yield _with_raw(
            f"binary_data_size: {size!r}", head(size), raw, MALFORMED, "'x'", "binary_data_size"
        )
    yield _with_raw("binary_data_size: 8 of 12", head(8), raw, SHAPE, "'x'", "12 bytes")
    yield _with_raw("no bytes follow", head(12), b"", MALFORMED, "'x'")
    yield _with_raw("bytes are left over", head(12), raw + b"\0", MALFORMED, "add up")
    yield _with_raw("bytes that nobody asked for", infer(x()), raw, MALFORMED, "add up to 0")
    both = infer(x(parameters={"binary_data_size": 12}))
    yield _with_raw("data and binary_data_size", both, raw, INVALID, "'x'", "both")
    yield _with_raw("shape over its bytes", head(12, shape=[2, 3]), raw, SHAPE, "'x'", "24 bytes")
    yield _with_raw("shape under its bytes", head(12, shape=[0, 3]), raw, SHAPE, "'x'", "0 bytes")
    two = infer(
        {"name": "a", "datatype": "INT64", "shape": [1, 2], "parameters": {"binary_data_size": 16}},
        {"name": "b", "datatype": "INT64", "shape": [1, 2], "parameters": {"binary_data_size": 16}},
    )
    yield _with_raw("the second of two cut", two, bytes(31), MALFORMED, "'b'", at=SUMS)
    for length in ("-1", "1.5", "ten", "0x10", "1e3", "99999999", "9" * 40, "1,2", "+5", "5 5"):
        sent = {SIZE: length}
        body = head(12) + raw
        yield BadRequest(
            f"header length: {length}", AFFINE, body, MALFORMED, ("Header-Content-Length",), sent
        )
    for length in (1, len(head(12)) - 1, len(head(12)) + 1):
        sent = {SIZE: str(length)}
        yield BadRequest(
            f"header length: off by some, {length}", AFFINE, head(12) + raw, MALFORMED, (), sent
        )
    media = "application/vnd.sagemaker-triton.binary+json;json-header-size=many"
    yield BadRequest(
        "header length in the media type",
        AFFINE,
        head(12) + raw,
        MALFORMED,
        ("whole number",),
        {"content-type": media},
    )


def _raw() -> Iterator[BadRequest]:
    zero = {SIZE: "0"}
    yield BadRequest("raw: 11 bytes", AFFINE, bytes(11), SHAPE, ("'x'", "11 bytes"), zero)
    yield BadRequest("raw: two inputs", SUMS, bytes(16), INVALID, ("2 inputs",), zero)
    yield BadRequest("raw: JSON", AFFINE, infer(x()) + b" ", SHAPE, ("'x'",), zero)


def _texts() -> Iterator[BadRequest]:
    def elements(raw: bytes, count: int = 1) -> tuple[bytes, bytes]:
        tensor = {"name": "text", "datatype": "BYTES", "shape": [count, 1]}
        return infer(tensor | {"parameters": {"binary_data_size": len(raw)}}), raw

    cases: Mapping[str, tuple[tuple[bytes, bytes], str]] = {
        "an element past the end": (elements(b"\x10\0\0\0abc"), MALFORMED),
        "an element of 4 GB": (elements(b"\xff\xff\xff\xffabc"), MALFORMED),
        "half a length": (elements(b"\1\0\0\0a\1\0", 1), MALFORMED),
        "fewer elements": (elements(b"\1\0\0\0a\1\0\0\0b", 1), SHAPE),
        "more elements": (elements(b"\1\0\0\0a", 2), SHAPE),
        "a million elements": (elements(b"\0\0\0\0", 1_000_000), SHAPE),
    }
    for name, ((head, raw), code) in cases.items():
        yield _with_raw(f"BYTES: {name}", head, raw, code, "'text'", at=ECHO)
    head, raw = elements(b"\2\0\0\0\xff\xfe")
    yield _with_raw("BYTES: no UTF-8", head, raw, "model_run_failed", "'text'", at=ECHO)
    mood = {"name": "text", "datatype": "BYTES", "shape": [1], "data": [3]}
    at = "/v2/models/mood/infer"
    yield bad("a text's tensor: a number", infer(mood), DATATYPE, "'text'", at=at)
    yield bad(
        "a text's tensor: FP32", infer(mood | {"datatype": "FP32"}), DATATYPE, "'text'", at=at
    )
    yield bad("a text's tensor: 2-D", infer(mood | {"shape": [1, 1]}), SHAPE, "'text'", at=at)


def _encodings() -> Iterator[BadRequest]:
    good = infer(x())
    for name in ("br", "zstd", "compress", "gzip, gzip", "gzip;q=1", "x" * 200):
        yield bad(f"encoding: {name[:20]}", good, "unsupported_encoding", content_encoding=name)
    packed, flat = gzip.compress(good), zlib.compress(good)
    broken: Mapping[str, tuple[str, bytes]] = {
        "nothing": ("gzip", b""),
        "not gzip": ("gzip", good),
        "deflate as gzip": ("gzip", flat),
        "gzip as deflate": ("deflate", packed),
        "not deflate": ("deflate", good),
        "gzip cut": ("gzip", packed[:-9]),
        "gzip without its sum": ("gzip", packed[:-8]),
        "gzip of a false sum": ("gzip", packed[:-8] + bytes(8)),
        "gzip and more": ("gzip", packed + b"more"),
        "two gzips": ("gzip", packed + packed),
        "deflate cut": ("deflate", flat[:-4]),
        "deflate and more": ("deflate", flat + b"\0"),
    }
    for name, (encoding, body) in broken.items():
        yield bad(f"encoding: {name}", body, MALFORMED, content_encoding=encoding)
    yield bad("encoding: gzip of no JSON", gzip.compress(b"{"), MALFORMED, content_encoding="gzip")
    blank = b" " * 50_000_000
    yield bad("bomb: gzip", gzip.compress(blank, 9), TOO_LARGE, str(LIMIT), content_encoding="gzip")
    yield bad("bomb: deflate", zlib.compress(blank, 9), TOO_LARGE, content_encoding="deflate")
    twice = gzip.compress(gzip.compress(blank, 9), 9)
    yield bad("bomb: gzip of gzip", twice, MALFORMED, content_encoding="gzip")


def _sizes() -> Iterator[BadRequest]:
    for name, at in {"infer": AFFINE, "predict": "/v1/models/mood/predict"}.items():
        yield bad(
            f"{name}: a byte over the limit, no JSON",
            b"{" * (LIMIT + 1),
            TOO_LARGE,
            str(LIMIT),
            at=at,
        )
        yield bad(f"{name}: three times the limit", bytes(3 * LIMIT), TOO_LARGE, at=at)
    full = infer(x(data=[1] * 499_000))
    yield bad("a body of almost the limit", full, SHAPE, "'x'", "499000 elements")
    keys = b'{"inputs": [' + b",".join(b'{"k%d":1}' % n for n in range(60_000)) + b"]}"
    yield bad("60,000 inputs", keys, UNKNOWN, "''")
    names = {f"key{n}": n for n in range(40_000)}
    yield bad("40,000 parameters", infer(x(data=[1]), parameters=names), SHAPE, "'x'")


def _places() -> Iterator[BadRequest]:
    good = infer(x())
    for name in ("absent", "AFFINE", "affine%00", "affine%2F1", "%2e%2e", ".hidden", "a" * 3000):
        says = "Request for unknown model"
        yield bad(f"model: {name[:20]}", good, NO_MODEL, says, at=f"/v2/models/{name}/infer")
        predict = f"/v1/models/{name}/predict"
        yield bad(f"model: {name[:20]} of predict", b'{"text":"a"}', NO_MODEL, at=predict, **_J)
    for version in ("3", "0", "01", "latest", "-1", "1.0", "%2e%2e", "%C2%B2", "9" * 3000):
        at = f"/v2/models/affine/versions/{version}/infer"
        yield bad(f"version: {version[:20]}", good, NO_VERSION, "'affine' version", at=at)
    for path in _NOWHERE:
        yield bad(f"path: {path}", good, NO_ROUTE, at=path)


_NOWHERE = (
    "/v2/models/affine/explain",
    "/v1/models/affine/infer",
    "/v2/models/affine/predict",
    "/v3/models/affine/infer",
    "/v2/models//infer",
    "/v2/infer",
    "/v2/models/a/b/infer",
    "/models/affine/infer",
    "/v2/models/infer/infer/infer",
)
_J = {"content_type": "application/json"}


def _methods() -> Iterator[BadRequest]:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        for path in (AFFINE, "/v1/models/mood/predict"):
            yield BadRequest(
                f"{method} {path}", path, b"", "method_not_allowed", ("POST",), {}, method
            )


def _rows() -> Iterator[BadRequest]:
    def row(name: str, value: Any, code: str, *says: str) -> BadRequest:
        return bad(
            f"row: {name}", orjson.dumps(value), code, *says, at="/v1/models/price/predict", **_J
        )

    yield row("a column less", {"row": {"rooms": 1}}, MISSING, "'area'")
    yield row("a column more", {"row": {"rooms": 1, "area": 2, "city": "x"}}, UNKNOWN, "'city'")
    yield row("a column of another case", {"row": {"Rooms": 1, "area": 2}}, MISSING, "'rooms'")
    yield row("no columns", {"row": {}}, MISSING, "'area'")
    for value in ("2", None, True, [1], {}, 1e39):
        yield row(
            f"rooms: {value!r}", {"row": {"rooms": value, "area": 2}}, DATATYPE, "'rooms'", "row 0"
        )
    rows = [{"rooms": 1, "area": 2}] * 3
    yield row(
        "the fourth of four",
        {"rows": [*rows, {"rooms": "x", "area": 1}]},
        DATATYPE,
        "row 3",
        "'rooms'",
    )
    yield row("too few values", {"row": [1]}, SHAPE, "rooms, area")
    yield row("too many values", {"row": [1, 2, 3]}, SHAPE, "rooms, area")
    yield row("5,000 rows", {"rows": [[1, 2]] * 5000}, TOO_LARGE, "5000 rows")
    at, csv = "/v1/models/price/predict", "text/csv"
    for name, (body, code, says) in {
        "CSV without a column": (b"rooms\n1\n", MISSING, "'area'"),
        "CSV with another column": (b"rooms,area,city\n1,2,x\n", UNKNOWN, "'city'"),
        "CSV without its header": (b"1,2\n3,4\n", MISSING, "'area'"),
        "CSV with text for a number": (b"rooms,area\n1,big\n", DATATYPE, "'area'"),
        "CSV with an empty cell": (b"rooms,area\n1,\n", DATATYPE, "'area'"),
        "CSV with a number of 130,000 digits that is none": (
            b"rooms,area\n1," + b"1" * 130_000 + b"x\n",
            DATATYPE,
            "'area'",
        ),
        "CSV of 60,000 columns, the last twice": (
            b",".join(b"c%d" % n for n in range(60_000)) + b",z,z\n",
            TWICE,
            "'z'",
        ),
        "CSV with semicolons": (b"rooms;area\n1;2\n", MISSING, "'area'"),
    }.items():
        yield bad(name, body, code, says, at=at, content_type=csv)


def _arrays() -> Iterator[BadRequest]:
    def array(name: str, value: Any, code: str, *says: str, model: str = "pair") -> BadRequest:
        at = f"/v1/models/{model}/predict"
        return bad(f"inputs of a row: {name}", orjson.dumps(value), code, *says, at=at, **_J)

    yield array("one less", {"row": {"a": [1, 2]}}, MISSING, "'b'")
    yield array("one more", {"row": {"a": [1, 2], "b": [1, 2], "c": 1}}, UNKNOWN, "'c'")
    yield array("too wide", {"row": {"a": [1, 2, 3], "b": [1, 2]}}, SHAPE, "'a'")
    yield array("a number", {"row": {"a": 1, "b": [1, 2]}}, SHAPE, "'a'")
    yield array("texts", {"row": {"a": ["1", "2"], "b": [1, 2]}}, DATATYPE, "'a'")
    yield array("an object", {"row": {"a": {"0": 1}, "b": [1, 2]}}, DATATYPE, "'a'")
    uneven = {"rows": [[[1, 2], [1, 2]], [[1], [1, 2]]]}
    yield array("uneven", uneven, SHAPE, "'a'")
    yield array("too large a number", {"row": {"x": [1e39, 0, 0]}}, DATATYPE, "'x'", model="affine")


def _graphs() -> Iterator[BadRequest]:
    tensor = {"name": "indices", "datatype": "INT64", "shape": [1], "data": [99]}
    yield bad("an index that the graph refuses", infer(tensor), "model_run_failed", at=GATHER)
