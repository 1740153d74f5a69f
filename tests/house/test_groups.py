"""Tests of one group run in one process, so that what they need is started once."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="only `pytest -n` has groups")
@pytest.mark.xdist_group("together")
def test_the_scheduler_hears_of_groups(request: pytest.FixtureRequest) -> None:
    """By the name that is sent to it. pytest 9.2 made the marks of pytest-xdist 3.8 silent."""
    assert request.node.nodeid.endswith("@together")
