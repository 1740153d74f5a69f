"""Files of weights beside a graph that `samovar models add` is given."""

from pathlib import Path

import pytest

from tests import foreign_models as foreign
from tests import onnx_models
from tests.cli.conftest import Run
from tests.cli.refusing import refused, written


def test_a_file_over_two_gib_is_refused_before_it_is_read(
    samovar: Run, models: Path, tmp_path: Path
) -> None:
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(2**31)  # a hole: nothing is on the disk
    assert "save_as_external_data=True" in refused(samovar, models, path)


@pytest.mark.parametrize("location", ["../secret.bin", "/etc/passwd", "a/../../secret.bin", ""])
def test_weights_outside_of_the_files_folder_are_refused(
    samovar: Run, models: Path, tmp_path: Path, location: str
) -> None:
    written(tmp_path / "secret.bin", bytes(8))
    model = onnx_models.with_external_data(location)
    path = foreign.write(tmp_path / "bench", "weighty.onnx", model, check=False)
    said = refused(samovar, models, path)
    assert "outside of its folder" in said
    assert "save_as_external_data" in said


def test_weights_that_are_missing_linked_or_the_graph_itself_are_refused(
    samovar: Run, models: Path, tmp_path: Path
) -> None:
    path = foreign.write(
        tmp_path, "weighty.onnx", onnx_models.with_external_data("w.bin"), check=False
    )
    assert "which is not there" in refused(samovar, models, path)
    written(tmp_path / "elsewhere" / "w.bin", bytes(8))
    (tmp_path / "w.bin").symlink_to(tmp_path / "elsewhere" / "w.bin")
    assert "symbolic link" in refused(samovar, models, path)
    itself = onnx_models.with_external_data("self.onnx")
    assert "the graph itself" in refused(
        samovar, models, foreign.write(tmp_path, "self.onnx", itself, check=False)
    )


def test_weights_beside_the_file_are_brought_along(
    samovar: Run, models: Path, tmp_path: Path
) -> None:
    path = foreign.write(
        tmp_path, "weighty.onnx", onnx_models.with_external_data("sub/w.bin"), check=False
    )
    written(tmp_path / "sub" / "w.bin", bytes(8))
    shown = samovar("models", "add", path, "--models", models)
    assert shown.exit_code == 0, shown.stderr
    assert (models / "weighty" / "1" / "sub" / "w.bin").read_bytes() == bytes(8)


def test_a_link_is_refused(samovar: Run, models: Path, tmp_path: Path) -> None:
    real = foreign.plain(tmp_path / "bench")
    (tmp_path / "link.onnx").symlink_to(real)
    assert "cp -L" in refused(samovar, models, tmp_path / "link.onnx")
    (tmp_path / "linked").symlink_to(real.parent)
    assert "symbolic link" in refused(samovar, models, tmp_path / "linked")
