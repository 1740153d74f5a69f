"""Values of parameters: as samconfig.toml may write them, and as the template limits them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import CommandFailed
from samovar_cli.deploying.conditions import Scope, resolve
from samovar_cli.deploying.parameters import as_words, check_parameters, read_overrides

from tests.house.template_file import read_template

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,12}", fullmatch=True)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\\"),
    max_size=30,
)


@pytest.mark.parametrize(
    "said",
    [
        ["Architecture=arm64", "CorsOrigins=a b"],
        'Architecture=arm64 CorsOrigins="a b"',
        {"Architecture": "arm64", "CorsOrigins": "a b"},
        ["ParameterKey=Architecture,ParameterValue=arm64", 'CorsOrigins="a b"'],
        [{"Architecture": "arm64"}, ["CorsOrigins=a b"]],
    ],
)
def test_samconfig_may_say_parameters_in_any_form_that_sam_reads(said):
    assert read_overrides(said, "here") == {"Architecture": "arm64", "CorsOrigins": "a b"}


@given(st.dictionaries(NAMES, TEXTS, max_size=4))
def test_values_come_back_from_the_words_that_sam_is_given(values):
    assert read_overrides(as_words(values), "here") == values


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["Architecture"], "'Architecture' is not NAME=VALUE"),
        (["file://values.yaml"], "write the parameters there"),
        (5, "is to be a list"),
        ('A="b', "No closing quotation"),
    ],
)
def test_what_is_no_parameter_is_refused_with_where_it_stands(said, why):
    with pytest.raises(CommandFailed) as refused:
        read_overrides(said, "samconfig.toml")
    assert "samconfig.toml" in refused.value.message
    assert why in refused.value.message


def test_every_parameter_has_its_default_and_numbers_are_texts():
    values = check_parameters(read_template(), {"InferMemory": "3008"})
    assert values["InferMemory"] == "3008"
    assert values["HttpApiMemory"] == "1024"
    assert values["Webhooks"] == "*"


def test_all_that_aws_would_refuse_is_said_at_once():
    wrong = {"Architectur": "arm64", "InferMemory": "9999999", "AuthMode": "open"}
    wrong |= {"EventBus": "a\\b", "ThrottleRate": "many", "GpuInstanceType": "t3.large"}
    with pytest.raises(CommandFailed) as refused:
        check_parameters(read_template(), wrong)
    said = refused.value.message
    assert "did you mean Architecture?" in said
    assert "InferMemory=9999999: it is 10240 at most" in said
    assert "AuthMode=open: it is one of iam, jwt, none" in said
    assert "EventBus=a\\b: sam loses a backslash" in said
    assert "ThrottleRate=many: it is a number" in said
    assert "GpuInstanceType=t3.large: it has to look like" in said


def test_the_rules_of_the_template_hold_before_aws_is_asked():
    with pytest.raises(CommandFailed, match="AuthMode jwt needs JwtIssuer"):
        check_parameters(read_template(), {"AuthMode": "jwt"})
    right = {"AuthMode": "jwt", "JwtIssuer": "https://issuer", "JwtAudience": "me,you"}
    assert check_parameters(read_template(), right)["JwtIssuer"] == "https://issuer"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"Ref": "Name"}, "x"),
        ({"Ref": "AWS::NoValue"}, None),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
        ({"Fn::If": ["Yes", "a", "b"]}, "a"),
        ({"Fn::Sub": "${Name}-${AWS::Region}"}, "x-<AWS::Region>"),
        ({"Fn::GetAtt": ["A", "Arn"]}, "<A.Arn>"),
        ({"Fn::Not": [{"Fn::Equals": [{"Ref": "Name"}, "x"]}]}, False),
        ({"Fn::And": [{"Condition": "Yes"}, {"Fn::Equals": [1, "1"]}]}, True),
        ({"Fn::Or": [{"Fn::Equals": [True, "true"]}, {"Condition": "No"}]}, True),
        ({"Fn::Select": [0, ["a"]]}, "<Fn::Select>"),
    ],
)
def test_functions_of_a_template_are_answered_as_far_as_they_are_known(value, found):
    conditions = {
        "Yes": {"Fn::Equals": [{"Ref": "Name"}, "x"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
    }
    assert resolve(value, Scope({"Name": "x"}, conditions)) == found
