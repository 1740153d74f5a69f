"""Parts of an object that is put together of others: nothing lost, none too small."""

from hypothesis import given
from hypothesis import strategies as st
from samovar.adapters import s3_joins
from samovar.adapters.s3_joins import Piece, pieces

LEAST = 5


@given(st.lists(st.integers(0, 23), max_size=9))
def test_the_parts_are_the_objects_in_order_and_all_but_the_last_are_large_enough(
    sizes: list[int],
) -> None:
    bodies = {str(n): bytes([n + 1]) * size for n, size in enumerate(sizes)}

    def read(uri: str, start: int, length: int) -> bytes:
        return bodies[uri][start : start + length]

    found = list(pieces([(uri, len(body)) for uri, body in bodies.items()], read, LEAST))
    said = [piece.body or bodies[piece.uri][piece.start : piece.end] for piece in found]
    assert b"".join(said) == b"".join(bodies.values())
    assert all(len(body) >= LEAST for body in said[:-1])
    assert all(len(piece.body) < 3 * LEAST for piece in found), "read what could be copied"


def test_a_large_object_is_copied_in_parts_that_are_not_too_large() -> None:
    size = 2 * s3_joins.MOST + 1
    found = list(pieces([("big", size)], lambda *_: b""))
    assert found[0] == Piece(uri="big", start=0, end=s3_joins.MOST - s3_joins.LEAST)
    assert found[-1].end == size
    assert all(s3_joins.LEAST <= piece.end - piece.start <= s3_joins.MOST for piece in found)
    assert [piece.start for piece in found[1:]] == [piece.end for piece in found[:-1]]
