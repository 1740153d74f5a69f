"""The arrows of the house: who may import whom, read from the source, and what loads what."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "shared" / "samovar"

# Room → rooms it may import. `core` is every module that is not named here.
RULES = {
    "core": {"core", "ports"},
    "ports": {"core"},
    "service": {"core", "ports"},
    "settings": {"core"},
    "adapters": {"core", "ports", "adapters"},
    "edges": {"core", "ports", "service", "settings", "edges"},
    "wiring": {"core", "ports", "service", "settings", "adapters", "edges", "wiring", "bootstrap"},
    "server": {"core", "edges", "server"},
    "bootstrap": {"core", "edges", "bootstrap"},
    "container": {"core", "ports", "settings", "adapters", "edges", "wiring", "server"},
    "serve": {"core", "ports", "service", "settings", "adapters", "edges", "wiring", "server"},
}
# What a room may import beside samovar and the standard library.
THIRD_PARTY = {
    "core": {"numpy", "orjson", "PIL", "tokenizers", "jinja2", "llguidance"},
    "ports": set(),
    "service": set(),
    "settings": set(),
    "adapters": {"numpy", "onnxruntime", "boto3", "botocore"}
    | {"mypy_boto3_dynamodb", "mypy_boto3_s3", "mypy_boto3_sqs"},
    "edges": {"orjson", "fastapi", "starlette", "pydantic", "python_multipart"},
    "wiring": {"boto3", "mangum"},
    "bootstrap": {"orjson"},
    "server": {"uvicorn", "orjson"},
    "container": set(),
    "serve": set(),
}
LAZY_ONLY = {"PIL", "tokenizers", "jinja2", "llguidance", "boto3", "mangum"}


def room(module: str) -> str:
    part = module.removeprefix("samovar").strip(".").partition(".")[0]
    part = part.partition("_")[0] if part.startswith("wiring_") else part  # its parts
    return part if part in RULES else "core"


def imports(path: Path) -> list[tuple[str, bool]]:
    """Each imported module, and whether it is imported when the file is."""
    tree = ast.parse(path.read_text("utf-8"))
    lazy = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        for child in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) not in lazy) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append((str(node.module), id(node) not in lazy))
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_the_rooms_its_arrows_point_at(path: Path) -> None:
    module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    here = room(module)
    for name, eager in imports(path):
        top = name.partition(".")[0]
        if top == "samovar":
            assert room(name) in RULES[here], f"{module} ({here}) imports {name}"
        elif top not in sys.stdlib_module_names:
            assert top in THIRD_PARTY[here], f"{module} ({here}) imports {name}"
            lazy_here = LAZY_ONLY - ({"botocore"} if here == "adapters" else set())
            assert not (eager and top in lazy_here), f"{module} imports {name} when it is imported"


def test_pydantic_is_known_to_the_fastapi_edge_alone() -> None:
    for path in FILES:
        if not path.name.startswith(("http", "openapi")):
            names = {name.partition(".")[0] for name, _ in imports(path)}
            assert not names & {"pydantic", "fastapi", "starlette"}, path


def test_functions_are_wiring_and_import_nothing_else() -> None:
    for path in sorted((ROOT / "functions").glob("*/*.py")):
        assert all(name.startswith("samovar.wiring") for name, _ in imports(path)), path
        assert len(path.read_text().splitlines()) <= 30, path


def test_the_container_is_wiring_and_imports_nothing_of_lambda() -> None:
    forbidden = {
        "fastapi",
        "starlette",
        "pydantic",
        "mangum",
        "boto3",
        "awslambdaric",
        "samovar_cli",
    }
    for name, module in (("serve.py", "samovar.container"), ("plain.py", "samovar.serve")):
        path = ROOT / "container" / name
        assert {name for name, _ in imports(path)} == {"os", module}
        assert len(path.read_text().splitlines()) <= 30
        assert not loaded_by(f"import {module}") & forbidden


def test_only_wiring_makes_aws_clients() -> None:
    for path in FILES:
        if not path.name.startswith("wiring"):
            assert "boto3.client" not in path.read_text(), path


def test_only_settings_and_wiring_see_the_environment() -> None:
    for path in FILES:
        if path.name not in ("settings.py", "wiring.py", "wiring_stream.py", "engine.py"):
            assert "os.environ" not in path.read_text(), path


def test_onnxruntime_is_imported_where_it_is_kept_from_reporting_on_its_users() -> None:
    for path in FILES:
        names = {name.partition(".")[0] for name, _ in imports(path)}
        assert ("onnxruntime" in names) == (path.name == "engine.py"), path


def loaded_by(code: str) -> set[str]:
    """Top-level modules in a fresh interpreter after `code`."""
    probe = f"{code}\nimport sys\nprint(' '.join({{m.partition('.')[0] for m in sys.modules}}))"
    out = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    return set(out.splitlines()[-1].split())


def test_importing_samovar_loads_no_library() -> None:
    assert not loaded_by("import samovar") & {"numpy", "orjson", "boto3", "fastapi", "onnxruntime"}


def test_the_core_loads_numpy_and_orjson_and_no_more() -> None:
    code = "import samovar.pipeline, samovar.manifest, samovar.service"
    forbidden = {"boto3", "botocore", "fastapi", "pydantic", "onnxruntime", "PIL", "tokenizers"}
    assert not loaded_by(code) & forbidden


HOT = """
import json, pathlib, tempfile
import onnx
from onnx import TensorProto as T, helper as h
x, y = (h.make_tensor_value_info(n, T.FLOAT, ["n"]) for n in "xy")
graph = h.make_graph([h.make_node("Neg", ["x"], ["y"])], "g", [x], [y])
model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=10)
root = pathlib.Path(tempfile.mkdtemp())
(root / "neg" / "1").mkdir(parents=True)
(root / "neg" / "1" / "model.onnx").write_bytes(model.SerializeToString())
import sys
before = set(sys.modules)
from samovar.wiring import hot_handler
handler = hot_handler({"SAMOVAR_MODELS_DIR": str(root)})
body = json.dumps({"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [2]}]})
event = {"version": "2.0", "rawPath": "/v2/models/neg/infer", "headers": {},
         "requestContext": {"http": {"method": "POST"}, "requestId": "r"}, "body": body}
answer = handler(event, None)
assert answer["statusCode"] == 200, answer
"""


def test_the_hot_door_answers_without_fastapi_pydantic_or_boto3() -> None:
    forbidden = {"fastapi", "starlette", "pydantic", "boto3", "botocore", "mangum", "PIL"}
    assert not loaded_by(HOT) & (forbidden | {"aws_lambda_powertools", "tokenizers"})
