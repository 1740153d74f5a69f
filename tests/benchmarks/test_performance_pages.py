"""The pages quote the last full run, and nothing else."""

import re
from pathlib import Path

import pytest

from tools import performance_pages, performance_picture

FOUND = {
    "machine": {"cpu": "One"},
    "suites": {
        "cold": {
            "says": "",
            "rows": {
                "ours": {"median_s": 0.2184, "p10_s": 0.2, "p90_s": 0.3, "floor": "", "ratio": 0.71}
            },
            "targets": [
                {"key": "cold", "says": "Said", "wanted": "≤ 0.75", "unit": "×", "value": 0.7123,
                 "met": True},
                {"key": "gone", "says": "Gone", "wanted": "≤ 1", "unit": "×", "value": None,
                 "met": None},
            ],
            "phases": {"ours": {"imports": 0.1}},
            "notes": [],
        }
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("cold", "0.71"),
        ("cold · ours | ms", "218 ms"),
        ("cold · ours · ratio", "0.71"),
        ("cold · ours · imports | ms", "100 ms"),
        ("machine · cpu", "One"),
        ("count · wanted", "2"),
        ("count · missed", "1"),
        ("cold | percent", "71 %"),
    ],
)
def test_a_figure_is_written_from_the_run(asked: str, said: str) -> None:
    text = f"It is <!--= {asked} -->old<!--/--> now."
    assert performance_pages.page(text, FOUND) == f"It is <!--= {asked} -->{said}<!--/--> now."


@pytest.mark.parametrize("asked", ["nobody", "gone", "cold · theirs", "cold · ours · rest"])
def test_a_figure_that_was_not_measured_is_refused(asked: str) -> None:
    with pytest.raises(KeyError):
        performance_pages.page(f"<!--= {asked} --><!--/-->", FOUND)


def test_a_table_is_written_between_its_marks() -> None:
    text = "a\n<!-- measured: targets cold -->\nstale\n<!-- end of measured -->\nb\n"
    found = performance_pages.page(text, FOUND)
    assert "| Said | ≤ 0.75 × | 0.71 × | yes |" in found
    assert "stale" not in found
    assert found.endswith("<!-- end of measured -->\nb\n")
    assert performance_pages.page(found, FOUND) == found


def test_what_was_missed_or_not_measured_is_told_by_itself() -> None:
    found = performance_pages.page("<!-- measured: missed -->\n<!-- end of measured -->", FOUND)
    assert "Gone" in found
    assert "Said" not in found


@pytest.mark.parametrize("path", performance_pages.PAGES, ids=lambda path: path.name)
def test_the_pages_quote_the_last_full_run(path: Path) -> None:
    text = path.read_text("utf-8")
    found = performance_pages.latest()
    assert performance_pages.page(text, found) == text, "run python -m tools.performance_pages"


def test_the_picture_is_of_the_last_full_run() -> None:
    drawn = performance_picture.PICTURE.read_text("utf-8")
    wanted = performance_picture.picture(performance_pages.latest())
    assert drawn == wanted, "run python -m tools.performance_picture"


def test_the_section_in_the_readme_quotes_measured_figures_only() -> None:
    readme = performance_pages.PAGES[1].read_text("utf-8")
    section = readme.partition("\n## Performance\n")[2].partition("\n## ")[0]
    measured = r"<!-- measured.*?<!-- end of measured -->|<!--=.*?<!--/-->"
    prose = re.sub(measured, "", section, flags=re.DOTALL)
    assert section
    assert not re.search(r"\d\s*(?:ms|µs|×|%|times)", prose), "a figure that no run would renew"
