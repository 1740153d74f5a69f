"""The container's Dockerfile, which no test builds: read as a careful reader would."""

import re

import pytest

from tests.house.template_file import GPU, ROOT, resources

CONTAINER = ROOT / "container"
TEXT = (CONTAINER / "Dockerfile").read_text()
LINES = re.sub(r"\\\n", " ", "\n".join(x for x in TEXT.splitlines() if not x.startswith("#")))
STEPS = [line.split(" ", 1) for line in LINES.splitlines() if line.strip()]
BASES = dict(re.findall(r"^ARG (\w+_BASE)=(\S+)$", TEXT, re.MULTILINE))
CUDA_13 = (1, 27)  # of onnxruntime-gpu: the first version whose wheels are built for it
DRIVERS = {  # the newest CUDA that an instance's image runs (botocore's documentation)
    "al2-ami-sagemaker-inference-gpu-2-1": 12,
    "al2-ami-sagemaker-inference-gpu-3-1": 12,
    "al2023-ami-sagemaker-inference-gpu-4-1": 13,
}


def steps(name):
    return [rest for word, rest in STEPS if word == name]


def pinned(kind):
    text = (CONTAINER / f"{kind}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def test_bases_are_named_by_version_and_are_one_distribution():
    assert set(BASES) == {"CPU_BASE", "GPU_BASE"}
    for base in BASES.values():
        assert ":" in base
        assert not base.endswith(":latest")
        assert "24.04" in base
    for source in steps("FROM"):
        assert re.match(r"\$\{(CPU_BASE|GPU_BASE|KIND)\}", source)


def test_the_base_the_build_of_onnxruntime_and_the_driver_agree_on_cuda():
    (config,) = resources("AWS::SageMaker::EndpointConfig", GPU).values()
    cuda = int(re.search(r"cuda:(\d+)", BASES["GPU_BASE"])[1])
    assert "cudnn-runtime" in BASES["GPU_BASE"]
    version = tuple(map(int, pinned("gpu")["onnxruntime-gpu"].split(".")[:2]))
    assert cuda == (13 if version >= CUDA_13 else 12)
    assert DRIVERS[config["ProductionVariants"][0]["InferenceAmiVersion"]] >= cuda


@pytest.mark.parametrize("kind", ["cpu", "gpu"])
def test_all_that_goes_in_beside_the_package_is_pinned_and_hashed(kind):
    text = (CONTAINER / f"{kind}.txt").read_text()
    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


def test_the_images_differ_in_onnxruntime_alone():
    cpu, gpu = pinned("cpu"), pinned("gpu")
    assert set(cpu) ^ set(gpu) == {"onnxruntime", "onnxruntime-gpu"}
    assert {name: gpu[name] for name in cpu if name in gpu} == {
        name: version for name, version in cpu.items() if name in gpu
    }


def test_layers_leave_no_lists_and_no_caches_behind():
    for step in steps("RUN"):
        if "apt-get install" in step:
            assert "--no-install-recommends" in step
            assert "rm -rf /var/lib/apt/lists/*" in step
        if "pip install" in step or "pip wheel" in step:
            assert "--no-cache-dir" in step
        assert "sudo" not in step
        assert "curl" not in step
    assert not steps("ADD")


def test_nothing_is_installed_without_its_hash():
    for step in steps("RUN"):
        if "pip install" in step:
            assert "--require-hashes" in step or "--no-deps --no-index" in step


def test_the_server_is_no_root_and_hears_sigterm():
    assert steps("USER") == ["samovar"]
    assert steps("ENTRYPOINT") == ["[]"]
    assert steps("CMD") == ['["serve"]']
    assert "exec /opt/samovar/bin/python" in TEXT


def test_what_is_copied_is_let_into_the_build():
    allowed = (CONTAINER / "Dockerfile.dockerignore").read_text().splitlines()
    assert allowed[0] == "*"
    for step in steps("COPY"):
        for source in step.split(" ")[:-1]:
            assert (ROOT / source).exists()
            wanted = {f"!{source}", f"!{source.rpartition('/')[0]}/*.txt"}
            assert wanted & set(allowed), source
