"""A recipe's inputs: its own files and those that it imports, and nothing else."""

from recipes.build import RECIPES
from recipes.inputs import source_files


def test_a_recipes_files_are_found_through_its_imports():
    found = {file.name for file in source_files("recipes.task_priority")}
    assert {"task_priority.py", "task_head.py", "task_rows.py", "bert.py", "eight_bit.py"} <= found
    assert "build.py" not in found
    assert "digits.py" not in found


def test_a_shared_module_counts_for_each_that_imports_it():
    for name in ("minilm", "minilm-small", "task-priority"):
        module = RECIPES[name].build.partition(":")[0]
        assert "bert.py" in {file.name for file in source_files(module)}, name


def test_data_files_that_recipes_name_are_there():
    folder = next(iter(source_files("recipes.task_rows"))).parent
    for name, recipe in RECIPES.items():
        assert [file for file in recipe.data if not (folder / file).is_file()] == [], name
