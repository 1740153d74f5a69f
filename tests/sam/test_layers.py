"""What the layers weigh and hold, as `sam build` leaves them."""

import pytest

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
