"""Where AWS is emulated; an emulator's tests run in one process, so that it is started once."""

import pytest

MOTO = pytest.param("moto", marks=pytest.mark.xdist_group("moto"))
MINISTACK = pytest.param("ministack", marks=pytest.mark.xdist_group("ministack"))
CLOUDS = [MOTO, MINISTACK]
