"""The OpenAPI document, built from manifests: what it says is what the models take."""

from typing import Any

import jsonschema
import numpy as np
import pytest
from openapi_spec_validator import validate
from samovar.edges.openapi import document
from samovar.edges.openapi_answers import answer_properties
from samovar.edges.openapi_errors import error_responses
from samovar.edges.openapi_predict import predict_content
from samovar.edges.openapi_tensors import infer_content, value_schema
from samovar.errors import SamovarError, WrongDatatype
from samovar.manifest import read_manifest
from samovar.service import Description, Service
from samovar.tensors import from_json
from samovar.types import DTYPES, Signature, TensorSpec

FEATURES = Signature(
    (TensorSpec("features", "FP32", (-1, 3)),), (TensorSpec("y", "FP32", (-1, 3)),)
)


def described(manifest: str, signature: Signature = FEATURES, lock: str = "") -> Description:
    spec = read_manifest("m", manifest, lock)
    return Description(spec, "1", ("1",), signature)


def valid(schema: dict[str, Any], value: Any) -> bool:
    components = document([])["components"]
    checker = jsonschema.Draft202012Validator({**schema, "components": components})
    return bool(checker.is_valid(value))


@pytest.fixture
def models(service: Service) -> list[Description]:
    return [service.describe(spec.name) for spec in service.specs()]


def test_the_document_is_valid_with_models_and_without(models: list[Description]) -> None:
    validate(document(models))
    validate(document([]))


def test_every_model_has_paths_of_its_own_and_its_name_where_one_is_chosen(
    models: list[Description],
) -> None:
    paths = document(models)["paths"]
    for name in ("affine", "echo", "mood", "price", "sums"):
        assert paths[f"/v1/models/{name}/predict"]["post"]["tags"] == [name]
        assert paths[f"/v2/models/{name}/infer"]["post"]["operationId"] == f"infer:{name}"
    (parameter,) = paths["/v2/models/{model}"]["parameters"]
    assert parameter["schema"]["enum"] == [found.spec.name for found in models]


def test_operations_have_names_of_their_own(models: list[Description]) -> None:
    items = document(models)["paths"].values()
    names = [
        item[verb]["operationId"] for item in items for verb in ("get", "post") if verb in item
    ]
    assert len(set(names)) == len(names)


def test_tensors_are_named_with_their_datatype_and_shape(models: list[Description]) -> None:
    (sums,) = (found for found in models if found.spec.name == "sums")
    schema = infer_content(sums)["application/json"]["schema"]
    first, second = schema["properties"]["inputs"]["items"]["anyOf"]
    assert first["properties"]["name"] == {"const": "a"}
    assert second["properties"]["datatype"] == {"const": "INT64"}
    assert first["properties"]["shape"]["prefixItems"][1] == {"const": 2}
    assert schema["properties"]["outputs"]["items"]["properties"]["name"] == {
        "enum": ["sum", "product"]
    }


def test_half_floats_are_documented_as_binary_alone(models: list[Description]) -> None:
    (halves,) = (found for found in models if found.spec.name == "halves")
    assert infer_content(halves).keys() == {"application/octet-stream"}


@pytest.mark.parametrize("datatype", ["FP16", "FP32"])
def test_the_bounds_of_a_float_are_those_of_its_rounding(datatype: str) -> None:
    schema = value_schema(datatype)
    over = schema["exclusiveMaximum"]
    for value, fits in ((np.nextafter(over, 0), True), (over, False)):
        assert valid(schema, float(value)) is fits
        assert valid(schema, -float(value)) is fits
        with np.errstate(over="ignore"):
            assert bool(np.isfinite(np.float64(value).astype(DTYPES[datatype]))) is fits


@pytest.mark.parametrize("datatype", ["UINT8", "INT8", "INT32", "UINT64", "INT64", "BOOL", "BYTES"])
@pytest.mark.parametrize(
    "value",
    [0, 1, -1, 255, 256, 2**31, 2**63 - 1, 2**63, 2**64 - 1, -(2**63), 1.5, True, False, "a", None],
    ids=repr,
)
def test_a_value_is_documented_where_the_codec_takes_it(datatype: str, value: Any) -> None:
    try:
        from_json("x", datatype, [1], [value])
    except (WrongDatatype, OverflowError):
        taken = False
    else:
        taken = True
    assert valid(value_schema(datatype), value) is taken


ROWS = """
task = "tabular-classification"
[input]
kind = "row"
columns = ["sex", "age", "fare"]
[[pre]]
step = "impute"
values = { age = 29 }
[[pre]]
step = "category_map"
columns = { sex = ["female", "male"] }
[[pre]]
step = "columns"
tensors = [{ name = "features", columns = ["sex", "age", "fare"] }]
"""


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        ({"sex": "male", "age": 3, "fare": 1.5}, True),
        ({"sex": "male", "age": None, "fare": 1.5}, True),
        ({"sex": "male", "fare": 1.5}, True),
        (["female", 3, 1], True),
        ({"sex": "other", "age": 3, "fare": 1.5}, False),
        ({"age": 3, "fare": 1.5}, False),
        ({"sex": "male", "age": 3}, False),
        ({"sex": "male", "age": 3, "fare": None}, False),
        ({"sex": "male", "age": 3, "fare": "1"}, False),
        ({"sex": "male", "age": 3, "fare": 1, "cabin": 2}, False),
        (["female", 3], False),
        (["other", 3, 1], False),
    ],
)
def test_a_row_is_documented_by_the_steps_that_take_it_apart(row: Any, fits: bool) -> None:
    schema = predict_content(described(ROWS))["application/json"]["schema"]
    assert valid(schema, {"row": row}) is fits
    assert valid(schema, {"rows": [row, row]}) is fits
    assert valid(schema, {"row": [row, row]}) is (fits and isinstance(row, dict))
    assert not valid(schema, {"row": row, "rows": []})


def test_columns_that_are_ignored_may_be_sent() -> None:
    lenient = ROWS.rstrip() + '\nextra = "ignore"\n'
    schema = predict_content(described(lenient))["application/json"]["schema"]
    assert valid(schema, {"row": {"sex": "male", "fare": 1, "cabin": 2}})


def post(step: str) -> str:
    return f"[[post]]\n{step}\n"


ANSWERS = {
    "classify": (
        post('step = "classify"\nlabels = ["a", "b", "c"]\nother = "none"\nthreshold = 0.5'),
        {"label": "none", "score": 0.4, "probabilities": [{"label": "a", "score": 0.4}]},
        {"label": "d", "score": 0.4, "probabilities": []},
    ),
    "multilabel": (
        post('step = "multilabel"\nlabels = ["a", "b", "c"]'),
        {"labels": ["a"], "probabilities": [{"label": "a", "score": 0.9}]},
        {"labels": ["d"], "probabilities": []},
    ),
    "embedding": (
        post('step = "embedding"'),
        {"embedding": [0.1, 0.2, 0.3], "tokens": 5},
        {"embedding": [0.1, 0.2], "tokens": 5},
    ),
    "regression": (
        post('step = "regression"\nunit = "g"'),
        {"value": 3.5, "unit": "g"},
        {"value": 3.5, "unit": "kg"},
    ),
    "detect_boxes": (
        post('step = "detect_boxes"\nlabels = ["cat"]'),
        {"boxes": [{"label": "cat", "score": 0.9, "box": [0, 0, 1, 1]}]},
        {"boxes": [{"label": "cat", "score": 0.9, "box": [0, 0, 1]}]},
    ),
    "outputs as they are": ("", {"y": [1, 2, 3]}, {}),
}


@pytest.mark.parametrize(("manifest", "good", "bad"), ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_is_documented_by_the_last_step(
    manifest: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    properties = answer_properties(described(manifest))
    schema = {"type": "object", "required": list(properties), "properties": properties}
    assert valid(schema, good)
    assert not valid(schema, bad)


def test_labels_in_a_file_are_taken_from_what_was_measured() -> None:
    manifest = post('step = "classify"\nlabels = "labels.txt"')
    measured = described(manifest, lock='[metrics]\nlabels = ["x", "y"]\n')
    assert answer_properties(measured)["label"]["enum"] == ["x", "y", None]
    assert "enum" not in answer_properties(described(manifest))["label"]


def own(schema: dict[str, Any]) -> dict[str, Any]:
    """The properties of samovar's errors, which stand before API Gateway's where that has some."""
    found: dict[str, Any] = schema.get("anyOf", [schema])[0]["properties"]
    return found


def test_every_code_of_the_tree_stands_under_one_status() -> None:
    listed = [
        code
        for response in error_responses().values()
        for code in own(response["content"]["application/json"]["schema"])["code"]["enum"]
    ]
    assert len(set(listed)) == len(listed)
    codes = {SamovarError.code} | {error.code for error in _below(SamovarError)}
    of_a_container = {"overloaded", "out_of_memory", "deadline_exceeded"}
    of_no_route = {"settings_invalid", "command_failed", "method_not_allowed"}
    assert codes - set(listed) == of_no_route | of_a_container


def _below(error: type[SamovarError]) -> set[type[SamovarError]]:
    children = set(error.__subclasses__())
    return children.union(*map(_below, children)) if children else children


def test_a_title_and_a_description_come_from_the_manifest() -> None:
    found = described('title = "T"\ndescription = "One.\\n\\nTwo."\nlicence = "MIT"\n')
    (tag,) = (tag for tag in document([found])["tags"] if tag["name"] == "m")
    assert tag["description"] == "T\n\nOne.\n\nTwo.\n\nLicence: MIT. Version 1."
    assert (tag["x-title"], tag["x-task"]) == ("T", "tensors")
