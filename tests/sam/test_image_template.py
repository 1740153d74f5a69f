"""What docs/deploy.md says of an image in template.yaml is a template that the SAM CLI takes."""

import re

import pytest

from tests.house.template_file import ROOT, TEMPLATE
from tests.sam.conftest import run_sam

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MOVED = "    Runtime: python3.13\n    Handler: handler.handler\n"
OTHERS = ("HttpApiFunction", "DirectFunction")


def with_image() -> str:
    """template.yaml, with InferFunction as the documentation has it."""
    docs = (ROOT / "docs" / "deploy.md").read_text()
    (block,) = re.findall(r"```yaml\n(  InferFunction:.*?)```", docs, re.DOTALL)
    text = TEMPLATE.read_text()
    assert MOVED in text
    text = re.sub(
        r"^  InferFunction:\n.*?(?=^  InferLogs)", block, text, flags=re.MULTILINE | re.DOTALL
    )
    text = text.replace(MOVED, "")
    for name in OTHERS:
        properties = rf"(?ms)(^  {name}:\n.*?    Properties:\n)"
        own = MOVED.replace("    ", "      ")
        text = re.sub(properties, rf"\g<1>{own}", text, count=1)
    return text


def test_the_linter_takes_a_function_of_an_image(tmp_path):
    for name in ("stacks", "functions", "layers", "shared", "models"):
        (tmp_path / name).symlink_to(ROOT / name)  # paths in a template are relative to it
    template = tmp_path / "template.yaml"
    template.write_text(with_image())
    assert "is a valid SAM Template" in run_sam("validate", "--lint", "--template", template)
