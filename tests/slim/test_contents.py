"""What the runtime layer keeps is enough, and no more: every model runs on it alone."""

import hashlib
import io
import json
import platform
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from samovar.codecs.image import decode

from tests.slim.conftest import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="runs the layers built for x86_64"),
]

BUILT = sorted(path.parent.name for path in (ROOT / "models").glob("*/1"))

RUN_MODEL = """
import json, sys
from pathlib import Path
from samovar.golden_run import check
from samovar.settings import Settings
from samovar.wiring import load_model
model = load_model(Settings(models_dir=Path(sys.argv[1]), memory_mb=1769), sys.argv[2])
findings = check(model)
faults = [f"{each.example.name}: {each.alone}" for each in findings if not each.passed]
outside = [name for name, module in sys.modules.items()
           if "site-packages" in str(getattr(module, "__file__", ""))]
print(json.dumps([len(findings), faults, outside]))
"""


@pytest.mark.parametrize("model", BUILT)
def test_a_model_answers_its_golden_examples_on_the_slim_layer_alone(in_function, model):
    ran, faults, outside = in_function(RUN_MODEL, ROOT / "models", model)
    assert (faults, outside) == ([], [])
    assert ran > 0


def pictures():
    """(name, bytes) of a small picture in every format that is read, and every mode it has."""
    colours = np.arange(12 * 10 * 3, dtype=np.uint8).reshape(12, 10, 3)
    modes = ["1", "L", "P", "RGB", "RGBA", "CMYK", "LAB", "I;16", "YCbCr", "LA"]
    for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"):
        for mode in modes:
            for options in ({}, {"compression": "tiff_lzw"}, {"compression": "jpeg"}):
                held = io.BytesIO()
                try:
                    picture = Image.fromarray(colours)
                    picture = lab(picture) if mode == "LAB" else picture.convert(mode)
                    picture.save(held, form, **options)
                except (OSError, ValueError, KeyError):
                    continue  # a format that does not know the mode
                yield f"{form}-{mode}-{options.get('compression', 'plain')}", held.getvalue()


def lab(picture):
    from PIL import ImageCms

    profiles = (ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"))
    return ImageCms.profileToProfile(picture, *profiles, outputMode="LAB")


def pixels(body):
    found = decode(body, 1_000_000)
    return [list(found.shape), hashlib.sha256(found.tobytes()).hexdigest()]


DECODE = """
import hashlib, json, sys
from pathlib import Path
from samovar.codecs.image import decode
said = {}
for path in Path(sys.argv[1]).iterdir():
    found = decode(path.read_bytes(), 1_000_000)
    said[path.name] = [list(found.shape), hashlib.sha256(found.tobytes()).hexdigest()]
print(json.dumps(said))
"""


def test_a_picture_of_any_format_and_mode_reads_as_it_does_with_all_of_pillow(
    in_function, tmp_path
):
    expected = {}
    for name, body in pictures():
        (tmp_path / name).write_bytes(body)
        expected[name] = pixels(body)
    assert {name.split("-")[0] for name in expected} >= {"PNG", "JPEG", "GIF", "BMP", "WEBP"}
    assert "TIFF-LAB-plain" in expected
    assert in_function(DECODE, tmp_path) == expected


SWEPT_IN = {
    "numpy._core.cversions",
    "numpy._typing._extended_precision",
    "numpy._utils._pep440",
    "numpy.lib._user_array_impl",
}
"""Small modules that nothing imports, and that stay because their folder is named as one."""

DONE_WITHOUT = {
    "PIL.ImageQt": "pictures for a window's toolkit",
    "PIL.ImageShow": "pictures on a screen",
    "PIL.ImageWin": "pictures on a screen, of Windows",
    "numpy.core": "old names of numpy._core's modules",
    "numpy.ctypeslib": "arrays for ctypes",
    "numpy.f2py": "Fortran",
    "numpy.matlib": "old functions of matrices",
    "numpy.polynomial": "nothing here fits or evaluates polynomials",
    "numpy.random": "an answer is no matter of chance",
    "numpy.testing": "tests",
    "onnxruntime.transformers.machine_info": "a printout for CUDA's diagnosis",
    "onnxruntime.capi.onnxruntime_collect_build_info": "training",
}
"""What modules that stay would import late, in functions that nobody calls here, and why not."""


@pytest.fixture(scope="session")
def reach(python, built, whole):
    """What reach.py finds in the layer."""
    slim, core = (built(layer) / "python" for layer in ("runtime", "core"))
    script = Path(__file__).with_name("reach.py")
    command = [str(word) for word in (python, script, whole, slim, core / "samovar")]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_no_module_that_stays_asks_for_one_that_is_gone(reach):
    assert {wanted for _, wanted in reach["missing"]} == set(DONE_WITHOUT)


def test_none_stays_that_nothing_asks_for(reach):
    assert set(reach["idle"]) == SWEPT_IN


USED = r"""
import ast, json, re, sys
from pathlib import Path
import numpy
gone = set()
for path in Path(sys.argv[1]).rglob("*.py"):
    for node in ast.walk(ast.parse(path.read_bytes())):
        text = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        if re.fullmatch(r"np[.][\w.]+", text):
            try:
                eval(text, {"np": numpy})
            except (AttributeError, ImportError) as error:
                gone.add(f"{path.name}: {error}")
print(json.dumps(sorted(gone)))
"""


def test_all_that_samovar_uses_of_numpy_is_there(in_function, built):
    assert in_function(USED, built("core") / "python") == []


NAMES = """
import json, sys
import numpy as np
found = {"numpy": sorted(set(dir(np)) - set(sys.argv[1].split(",")))}
for each in (np.ndarray, np.dtype, np.ufunc, np.generic, np.linalg, np.fft, np.ma, np.strings):
    found[each.__name__] = dir(each)
functions = [each for name in found["numpy"] if isinstance(each := getattr(np, name), np.ufunc)]
found["ufuncs"] = [[each.__name__, each.nin, each.nout, each.types] for each in functions]
print(json.dumps(found))
"""


def test_numpy_without_the_docstrings_of_its_library_has_every_name_and_every_function(
    in_function, python, whole
):
    gone = ",".join(name.removeprefix("numpy.") for name in DONE_WITHOUT)
    command = [str(word) for word in (python, "-S", "-c", NAMES, gone)]
    environment = {"PYTHONPATH": str(whole), "OPENBLAS_NUM_THREADS": "1"}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert in_function(NAMES, gone) == json.loads(said.stdout)


def libraries(folder):
    """Name of a shared library → the names that it says it needs."""
    needs = {}
    for path in folder.rglob("*.so*"):
        said = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
        needs[path.name] = {line.split()[0] for line in said.splitlines() if line.split()}
        assert "not found" not in said, f"{path.name}: {said}"
    return needs


def test_every_library_finds_what_it_needs_and_none_lies_idle(built):
    needs = libraries(built("runtime"))
    wanted = set().union(*needs.values())
    helpers = {name for name in needs if "cpython" not in name and "abi3" not in name}
    by_name = {"libonnxruntime_providers_shared.so"}  # opened when a device's provider is
    assert helpers - wanted == by_name
