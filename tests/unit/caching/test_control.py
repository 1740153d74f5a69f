"""What a client's headers say of kept answers."""

import pytest
from samovar.caching.control import Control, matches, read_control


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("", Control()),
        ("no-store", Control(no_store=True)),
        ("No-Cache", Control(max_age_s=0)),
        ("max-age=5, min-fresh = 3", Control(max_age_s=5, min_fresh_s=3)),
        ('only-if-cached, max-age="9"', Control(only_kept=True, max_age_s=9)),
        ("max-age=x, min-fresh=-1, , =, no-transform", Control()),
        ("max-age=" + "9" * 5000, Control()),
        ("max-age=0", Control(max_age_s=0)),
    ],
)
def test_a_cache_control_is_read_and_its_nonsense_passed_over(said: str, wanted: Control) -> None:
    assert read_control(said) == wanted


@pytest.mark.parametrize("sent", ['W/"a"', '"a"', '"b", W/"a"', "*"])
def test_a_tag_is_compared_weakly(sent: str) -> None:
    assert matches(sent, 'W/"a"')
    assert not matches('"b"', 'W/"a"')
    assert not matches("", 'W/"a"')
