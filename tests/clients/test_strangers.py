"""Strangers' clients, each in its own environment, against the running twin."""

import ast
import json
import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

pytestmark = [pytest.mark.twin, pytest.mark.xdist_group("twin")]


def cases(script: str) -> list[str]:
    tree = ast.parse((HERE / script).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [n.name for n in tree.body if isinstance(n, kinds) and n.name.startswith("case_")]


@cache
def faults(environment: str, script: str, url: str) -> dict[str, str]:
    """What went wrong in each case; nothing is "". A case that ended the process has no entry."""
    python = ROOT / ".venvs" / environment / "bin" / "python"
    command = [python, "-X", "utf8", HERE / "driver.py", HERE / script, url]
    env = {"PATH": os.environ["PATH"], "NO_PROXY": "*", "HOME": str(HERE)}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=110, env=env, check=False
    )
    return {"": done.stderr, **dict(map(json.loads, done.stdout.splitlines()))}


def judge(environment: str, script: str, url: str, case: str) -> None:
    found = faults(environment, script, url)
    assert case in found, f"it ended before this case:\n{found[''][-3000:]}"
    assert found[case] == ""


@pytest.mark.parametrize("case", cases("triton_cases.py"))
def test_tritonclient_works_with_its_defaults(twin_url: str, case: str) -> None:
    judge("clients", "triton_cases.py", twin_url, case)


@pytest.mark.parametrize("case", cases("kserve_cases.py"))
def test_kserve_works_with_its_defaults(twin_url: str, case: str) -> None:
    judge("kserve", "kserve_cases.py", twin_url, case)


@pytest.mark.parametrize("case", cases("openai_cases.py"))
def test_openai_works_with_another_base_url(twin_url: str, case: str) -> None:
    judge("clients", "openai_cases.py", twin_url, case)
