"""Folders of models, and what is one model's."""

import pytest
from samovar.adapters.directory import DirectoryStore, is_model


def model(folder):
    (folder / "1").mkdir(parents=True)
    (folder / "1" / "model.onnx").touch()
    (folder / "model.toml").write_text('task = "classification"\n')


@pytest.mark.parametrize("name", ["2024", "0", "priority"])
def test_a_folder_of_models_is_none_whatever_one_of_them_is_called(tmp_path, name):
    model(tmp_path / name)
    assert not is_model(tmp_path)
    assert DirectoryStore(tmp_path).names() == (name,)
    assert DirectoryStore(tmp_path).versions(name) == ("1",)


def test_a_folder_with_a_version_or_a_manifest_is_a_model(tmp_path):
    model(tmp_path / "both")
    (tmp_path / "versions" / "3").mkdir(parents=True)
    (tmp_path / "neither" / "three").mkdir(parents=True)
    assert [is_model(tmp_path / name) for name in ("both", "versions", "neither")] == [
        True,
        True,
        False,
    ]
