"""The twin's layers on disk: built once, whoever starts at the same time."""

import fcntl
import sys
import threading
from pathlib import Path

from samovar_cli.twin.layers import build_layers, built_folder, missing_layers
from samovar_cli.twin.template import fingerprint

PYTHON = Path(sys.executable)


def test_a_second_twin_waits_for_the_first_and_builds_nothing_again(tmp_path):
    requirements = tmp_path / "layers/web/requirements.txt"
    requirements.parent.mkdir(parents=True)
    requirements.write_text("not a requirement that could be installed\n", "utf-8")
    built = built_folder(tmp_path, "layers/web").parent
    built.mkdir(parents=True)
    second = threading.Thread(target=build_layers, args=(tmp_path, ["layers/web"], PYTHON))
    with (built / ".lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second.start()
        wanted = fingerprint(requirements.read_text("utf-8"), str(PYTHON.resolve()))
        (built / "stamp").write_text(wanted, "utf-8")
    second.join(30)
    assert not second.is_alive()
    assert missing_layers(tmp_path, ["layers/web"], PYTHON) == ()
