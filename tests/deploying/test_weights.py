"""What is built is weighed as Lambda weighs it; models go where their manifests say."""

import pytest
from samovar.errors import CommandFailed
from samovar_cli.deploying.consistency import check_consistency
from samovar_cli.deploying.parts import Part
from samovar_cli.deploying.placing import Place, Placed, place_models
from samovar_cli.deploying.sizes import LIMIT_BYTES, check_sizes, read_layers, weigh

from tests.deploying.conftest import having

MB = 1_000_000


def layer(name):
    return Part((name,), "AWS::Serverless::LayerVersion", {"ContentUri": name})


def function(name, *layers):
    properties = {"CodeUri": f"code/{name}", "Layers": list(layers)}
    return Part((name,), "AWS::Serverless::Function", properties)


@pytest.fixture
def built(tmp_path):
    """A build of two layers and a function's code; `grow` makes one of the files larger."""

    def grow(name, count):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(count)  # a hole: it weighs, and takes no room

    grow("Core/python/samovar/code.py", 2 * MB)
    grow("Models/models/small/1/model.onnx", 20 * MB)
    grow("Models/models/large/1/model.onnx", 100 * MB)
    grow("code/infer/handler.py", 500)
    return tmp_path, grow


PARTS = [
    layer("Core"),
    layer("Models"),
    function("infer", "Core", "Models"),
    function("small", "Core"),
]


def test_a_function_weighs_what_its_code_and_its_layers_do(built):
    folder, _ = built
    layers = read_layers(PARTS, folder)
    assert {each.name: each.bytes for each in layers} == {"Core": 2 * MB, "Models": 120 * MB}
    assert list(layers[1].entries) == ["large", "small"], "the largest first"
    weights = weigh(PARTS, layers, folder)
    assert [(each.function, each.bytes) for each in weights] == [
        ("infer", 122 * MB + 500),
        ("small", 2 * MB),
    ]
    check_sizes(weights, layers)


@pytest.mark.parametrize(("over", "passes"), [(0, True), (1, False)])
def test_the_gate_is_lambdas_own_limit_to_the_byte(built, over, passes):
    folder, grow = built
    grow("Models/models/large/1/model.onnx", LIMIT_BYTES - 22 * MB - 500 + over)
    layers = read_layers(PARTS, folder)
    weights = weigh(PARTS, layers, folder)
    if passes:
        check_sizes(weights, layers)
        return
    with pytest.raises(CommandFailed) as refused:
        check_sizes(weights, layers)
    assert "infer 262 MB" in refused.value.message
    assert "large 240 MB, small 20 MB" in refused.value.message
    assert "`bundle = false`" in refused.value.message


def test_more_layers_than_lambda_takes_are_refused(built):
    folder, grow = built
    names = [f"Layer{number}" for number in range(6)]
    for name in names:
        grow(f"{name}/python/file", 10)
    parts = [*map(layer, names), function("infer", *names)]
    layers = read_layers(parts, folder)
    with pytest.raises(CommandFailed, match="5 layers: infer"):
        check_sizes(weigh(parts, layers, folder), layers)


def test_a_layer_that_is_not_built_is_named(built):
    with pytest.raises(CommandFailed, match="Web is not built"):
        read_layers([layer("Web")], built[0])


def manifest(clone, name, text):
    path = clone.root / "models" / name / "model.toml"
    path.write_text(f"{text}\n{path.read_text() if path.exists() else ''}")


def test_bundled_models_go_into_the_layer_and_others_into_the_bucket(clone):
    placed = {model.name: model for model in place_models(clone.root / "models", gpu=True)}
    assert placed["sums"].place is Place.LAYER
    assert placed["price"].place is Place.BUCKET
    assert placed["echo"].place is Place.BUCKET, "one without a manifest, in Triton's layout"
    assert placed["affine"].versions == ("1", "2")


def test_a_bundled_model_of_either_lane_is_in_the_bucket_too_where_there_is_a_gpu(clone):
    manifest(clone, "sums", 'lane = "auto"')
    for gpu, place in ((True, Place.BOTH), (False, Place.LAYER)):
        models = place_models(clone.root / "models", gpu=gpu)
        (sums,) = [model for model in models if model.name == "sums"]
        assert sums.place is place


def test_models_that_cannot_be_deployed_are_all_named(clone):
    import shutil

    manifest(clone, "mood", "taks = 1")
    shutil.rmtree(clone.root / "models" / "sums" / "1")
    with pytest.raises(CommandFailed) as refused:
        place_models(clone.root / "models", gpu=False)
    assert "mood: " in refused.value.message
    assert "sums: bundled and not built; `make models` builds it" in refused.value.message


def test_a_model_that_is_described_and_not_built_goes_nowhere(clone):
    (clone.root / "models" / "whisper").mkdir()
    manifest(clone, "whisper", 'task = "tensors"\nlane = "heavy"')
    models = place_models(clone.root / "models", gpu=False)
    assert {model.name: model.place for model in models}["whisper"] is Place.NOWHERE


def test_models_to_preload_are_models_that_are_deployed(project):
    models = place_models(project.root / "models", gpu=False)
    check_consistency(having(project, "Preload=mood, price"), models, ())
    check_consistency(having(project, "GpuPreload=whisper"), models, ["whisper"])
    with pytest.raises(CommandFailed) as refused:
        check_consistency(having(project, "Preload=mod", "GpuPreload=whisper"), models, ())
    assert (
        "Preload names mod, and there is no such model, did you mean mood?" in refused.value.message
    )
    assert "GpuPreload names whisper" in refused.value.message


@pytest.mark.parametrize(
    ("scratch", "gpu", "lane", "passes"),
    [
        (512, "off", "light", False),
        (700, "off", "light", True),
        (512, "off", "heavy", False),
        (512, "on", "heavy", True),
        (512, "on", "auto", False),
    ],
)
def test_a_model_that_functions_fetch_fits_into_their_scratch_space(
    project, scratch, gpu, lane, passes
):
    large = Placed("large", lane, Place.BUCKET, ("1",), 600 * MB, 600 * MB)
    given = having(project, f"ScratchSize={scratch}", f"Gpu={gpu}")
    if passes:
        check_consistency(given, [large], ())
        return
    with pytest.raises(CommandFailed, match="-p ScratchSize=603"):
        check_consistency(given, [large], ())
