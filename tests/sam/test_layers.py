"""What the layers weigh and hold, as `sam build` leaves them."""

import hashlib
import platform
import subprocess
from pathlib import Path

import pytest

from layers import python313
from layers.build_layer import build as build_layer
from tests.house.template_file import resources

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MB = 1_000_000
LIMIT = 250 * MB  # Lambda's, for a function and its layers unzipped
AIM = 120 * MB  # ours, for all but the models
FUNCTIONS = resources("AWS::Serverless::Function")
LICENCE = ("License", "Classifier: License")
MACHINES = {"x86_64": 62, "arm64": 183}  # e_machine in an ELF header


@pytest.fixture(params=["x86_64", "arm64"])
def built(request):
    name = {"x86_64": "built_x86", "arm64": "built_arm"}[request.param]
    return request.param, request.getfixturevalue(name)


def files(folder):
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def size(folder):
    return sum(path.stat().st_size for path in files(folder))


def layers_of(function):
    return [layer["Ref"] for layer in FUNCTIONS[function]["Layers"]]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_and_its_layers_fit_into_lambda(built, function):
    _, folder = built
    sizes = {layer: size(folder / layer) for layer in layers_of(function)}
    assert sum(sizes.values()) <= LIMIT, sizes


def test_the_hot_door_without_models_stays_small(built):
    _, folder = built
    code = [layer for layer in layers_of("InferFunction") if layer != "ModelsLayer"]
    assert sum(size(folder / layer) for layer in code) <= AIM


def test_every_library_is_for_the_architecture(built):
    architecture, folder = built
    libraries = [path for path in files(folder) if ".so" in path.suffixes]
    assert libraries
    for library in libraries:
        with library.open("rb") as file:
            header = file.read(20)
        assert int.from_bytes(header[18:20], "little") == MACHINES[architecture], library


def test_no_tests_stubs_or_tools_are_shipped(built):
    _, folder = built
    shipped = [path.relative_to(folder) for path in files(folder)]
    names = {path.name for path in shipped}
    assert not [path for path in shipped if path.suffix in {".pyi", ".h", ".a", ".pxd"}]
    assert not [path for path in shipped if "tests" in path.parts and path.suffix == ".py"]
    assert not {"sympy", "torch", "huggingface_hub", "f2py"} & names


def test_every_package_keeps_its_licence(built):
    _, folder = built
    for metadata in folder.glob("*/python/*.dist-info/METADATA"):
        package = metadata.parent
        declared = [line for line in metadata.read_text().splitlines() if line.startswith(LICENCE)]
        assert declared or list(package.rglob("*LICEN*")), package.name


def test_models_in_the_layer_are_those_that_say_so(built):
    _, folder = built
    for manifest in folder.glob("ModelsLayer/models/*/model.toml"):
        versions = [path for path in manifest.parent.iterdir() if path.name.isdecimal()]
        assert bool(versions) == ("\nbundle = true" in manifest.read_text()), manifest.parent.name


@pytest.mark.parametrize("layer", ["core", "runtime", "web"])
def test_a_layer_built_twice_is_the_same(layer, tmp_path):
    for name in ("first", "second"):
        build_layer(layer, "x86_64", tmp_path / name)
    assert fingerprint(tmp_path / "first") == fingerprint(tmp_path / "second")


def fingerprint(folder: Path) -> dict[str, tuple[str, int, int]]:
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mode,
            path.stat().st_mtime_ns,
        )
        for path in files(folder)
    }


IMPORTS = """
import io, sys
import numpy, onnxruntime, orjson, tokenizers
from PIL import Image, ImageCms, ImageOps, features
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
import samovar.wiring, samovar.edges.hot, samovar.edges.direct
Tokenizer(WordLevel({"a": 0}, unk_token="a")).encode("a")
assert numpy.linalg.inv(numpy.eye(2)).sum() == 2
for name in ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"):
    held = io.BytesIO()
    Image.new("RGB", (4, 4)).save(held, name)
    Image.open(io.BytesIO(held.getvalue())).load()
print(numpy.__file__)
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="runs the layers built for x86_64")
def test_what_is_left_of_the_wheels_still_works(built_x86):
    interpreter = python313.find()
    if interpreter is None:
        pytest.skip(f"no python3.13: set {python313.VARIABLE}")
    path = ":".join(str(built_x86 / layer / "python") for layer in layers_of("HttpApiFunction"))
    imported = subprocess.run(
        [interpreter, "-c", IMPORTS],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert imported.returncode == 0, imported.stderr
    assert imported.stdout.startswith(str(built_x86))
