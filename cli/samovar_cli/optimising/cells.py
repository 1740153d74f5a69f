"""What is wrong with a file of rows, by line; and cells that hold no value."""

from collections.abc import Mapping

from samovar.errors import InvalidInput

_MOST_FAULTS = 8
_NO_NUMBERS = frozenset({"nan", "inf", "infinity"})


class Faults:
    """What is wrong with a file, each with its line."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._found: list[str] = []
        self._count = 0

    def add(self, line: int, message: str) -> None:
        """One more; after a few they are only counted."""
        self._count += 1
        if len(self._found) < _MOST_FAULTS:
            self._found.append(f"{self.name}:{line}: {message}")

    def check(self) -> None:
        """Raises InvalidInput with all of them, where there are any."""
        if self._found:
            more = self._count - len(self._found)
            raise InvalidInput("\n".join([*self._found, *([f"and {more} more"] if more else [])]))


def is_no_number(text: str) -> bool:
    """Whether a cell is NaN or infinity: what was not measured, or went wrong."""
    return text.strip().lower().lstrip("+-") in _NO_NUMBERS


def check_numbers(line: int, row: Mapping[str, str], faults: Faults) -> None:
    """Every cell that nobody could send."""
    for name, text in row.items():
        if is_no_number(text):
            said = f"'{name}' is {text.strip()}: leave the cell empty where nothing is known"
            faults.add(line, said)
