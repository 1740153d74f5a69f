"""What `models add` writes as TOML is read back as it was."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st
from samovar_cli.adding.toml_text import comment, line

TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
PLAIN = TEXTS | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.booleans()
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=12
)


@given(TEXTS, VALUES)
def test_a_key_and_its_value_come_back(key: str, value: object) -> None:
    assert tomllib.loads(line(key, value)) == {key: value}


@given(TEXTS)
def test_a_comment_stays_a_comment(text: str) -> None:
    assert tomllib.loads(comment(text)) == {}
