"""What is read from a template before it is deployed."""

from pathlib import Path

import pytest
from samovar.errors import CommandFailed
from samovar_cli.twin.template import (
    chosen_parameters,
    code_folders,
    fingerprint,
    packaged,
    read_template,
    read_templates,
)

DATA = Path(__file__).parent.parent / "data" / "twin"
ROOT = Path(__file__).parent.parent.parent


def _written(folder: Path, text: str) -> Path:
    path = folder / "template.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref Name", {"Ref": "Name"}),
        ("!GetAtt Queue.Arn", {"Fn::GetAtt": ["Queue", "Arn"]}),
        ("!GetAtt Stack.Outputs.Url", {"Fn::GetAtt": ["Stack", "Outputs.Url"]}),
        ("!GetAtt [Queue, Arn]", {"Fn::GetAtt": ["Queue", "Arn"]}),
        ('!Sub "${A}-b"', {"Fn::Sub": "${A}-b"}),
        (
            "!If [Open, yes-value, !Ref AWS::NoValue]",
            {"Fn::If": ["Open", "yes-value", {"Ref": "AWS::NoValue"}]},
        ),
        (
            "!FindInMap [Auth, Type, !Ref Mode]",
            {"Fn::FindInMap": ["Auth", "Type", {"Ref": "Mode"}]},
        ),
        ("!Join ['', [a, !Ref B]]", {"Fn::Join": ["", ["a", {"Ref": "B"}]]}),
        ("!Condition Open", {"Condition": "Open"}),
        ("!Not [!Equals [!Ref A, '']]", {"Fn::Not": [{"Fn::Equals": [{"Ref": "A"}, ""]}]}),
    ],
)
def test_a_short_intrinsic_reads_as_its_long_form(tmp_path: Path, short: str, long: object) -> None:
    path = _written(tmp_path, f"Resources:\n  A:\n    Value: {short}\n")
    assert read_template(path)["Resources"]["A"]["Value"] == long


def test_tags_that_would_build_python_objects_stay_data(tmp_path: Path) -> None:
    path = _written(tmp_path, "Resources:\n  A: !!python/object/apply:os.system ['true']\n")
    with pytest.raises(CommandFailed, match="not YAML"):
        read_template(path)


@pytest.mark.parametrize("text", ["", "- a\n", "Resources: [1]\n", "Parameters: {}\n"])
def test_what_is_no_template_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(CommandFailed, match="Resources"):
        read_template(_written(tmp_path, text))


def test_a_fault_in_the_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="line 2"):
        read_template(_written(tmp_path, "Resources:\n  A: [1\n"))


def test_a_missing_template_tells_where_to_run_the_command(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="application's folder"):
        read_template(tmp_path / "template.yaml")


def test_code_folders_become_keys_that_tell_the_folder() -> None:
    template = read_template(DATA / "template.yaml")
    resources = packaged(template)["Resources"]
    assert resources["PlainFunction"]["Properties"]["CodeUri"].endswith("/functions/probe")
    assert resources["OwnLayer"]["Properties"]["ContentUri"].endswith("/layers/own")
    assert code_folders(template) == ("layers/own", "functions/probe")


def test_packaging_leaves_the_template_as_it_was() -> None:
    template = read_template(DATA / "template.yaml")
    packaged(template)
    assert template["Resources"]["ProbeFunction"]["Properties"]["CodeUri"] == "functions/probe/"


def test_only_parameters_that_the_template_has_are_set() -> None:
    template = {"Parameters": {"AuthMode": {}}, "Resources": {}}
    assert chosen_parameters(template, {"AuthMode": "none", "Other": "x"}) == {"AuthMode": "none"}


def test_every_code_folder_of_the_application_is_there() -> None:
    for name, template in read_templates(ROOT / "template.yaml").items():
        for folder in code_folders(template, Path(name).parent.as_posix()):
            assert (ROOT / folder).is_dir() or folder == "models"


def test_a_stack_inside_is_read_and_lies_where_cloudformation_fetches_it(tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    inner = "Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Code: ../functions/f/}}\n"
    (tmp_path / "stacks" / "inner.yaml").write_text(inner, "utf-8")
    text = (
        "Resources:\n"
        "  In: {Type: AWS::Serverless::Application, Properties: {Location: ./stacks/inner.yaml}}\n"
    )
    templates = read_templates(_written(tmp_path, text))
    assert list(templates) == ["template.yaml", "stacks/inner.yaml"]
    outer = packaged(templates["template.yaml"])["Resources"]["In"]["Properties"]["Location"]
    assert outer.endswith("/stacks/inner.yaml")
    function = packaged(templates["stacks/inner.yaml"], "stacks")["Resources"]["F"]
    assert function["Properties"]["Code"]["S3Key"] == "functions/f"
    assert code_folders(templates["stacks/inner.yaml"], "stacks") == ("functions/f",)


def test_a_stack_inside_that_is_not_there_is_told(tmp_path: Path) -> None:
    text = (
        "Resources:\n"
        "  In: {Type: AWS::Serverless::Application, Properties: {Location: stacks/none.yaml}}\n"
    )
    with pytest.raises(CommandFailed, match=r"none\.yaml is not there"):
        read_templates(_written(tmp_path, text))


def test_a_fingerprint_tells_where_one_text_ends() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
