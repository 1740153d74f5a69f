"""A host of the twin's parts for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.twin.host import PYTHON, Host


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Functions under AWS's runtime client, behind the gateway and the Invoke API."""
    if not PYTHON.exists():
        pytest.skip("make .venvs/.stamps/lambda sets up the functions' runtime")
    running = Host(tmp_path_factory.mktemp("twin"))
    yield running
    running.stop()
