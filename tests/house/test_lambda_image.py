"""container/lambda/Dockerfile says what template.yaml says: the same runtime, layers, variables."""

import re

from layers.build_image import FUNCTION, LAYERS
from tests.house.template_file import LIBRARIES, ROOT, read_template, resources

TEXT = (ROOT / "container" / "lambda" / "Dockerfile").read_text()
GLOBALS = read_template()["Globals"]["Function"]
INFER = resources("AWS::Serverless::Function")["InferFunction"]


def test_the_base_is_the_templates_runtime_and_can_be_another():
    (base,) = re.findall(r"^ARG BASE=(\S+)$", TEXT, re.MULTILINE)
    assert re.findall(r"^FROM (\S+)$", TEXT, re.MULTILINE) == ["${BASE}"]
    assert base.endswith("python:" + GLOBALS["Runtime"].removeprefix("python"))


def test_the_image_has_the_functions_layers_and_its_code():
    copied = dict(re.findall(r"^COPY (\S+)/ (\S+)$", TEXT, re.MULTILINE))
    assert copied == {**dict.fromkeys(LAYERS, "/opt/"), "function": "/var/task/"}
    layers = {each["Ref"].removesuffix("Layer").lower() for each in INFER["Layers"]}
    assert layers == set(LAYERS)
    assert INFER["CodeUri"] == f"functions/{FUNCTION}/"


def test_the_image_starts_the_templates_handler():
    assert f'CMD ["{GLOBALS["Handler"]}"]' in TEXT


def test_variables_that_an_image_can_have_are_the_templates():
    (line,) = re.findall(r"^ENV (.*)$", TEXT, re.MULTILINE)
    said = dict(pair.split("=") for pair in line.split())
    template = GLOBALS["Environment"]["Variables"]
    assert said.items() >= LIBRARIES.items()
    assert said == {name: template[name] for name in said}
