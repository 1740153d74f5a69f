"""Steps that need nothing but their parameters."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from samovar.types import ReadAsset


class Pure:
    """A step that reads no files: `bind` gives its own `apply`."""

    __slots__ = ()

    def assets(self) -> tuple[str, ...]:
        """None."""
        return ()

    def bind(self, read: ReadAsset) -> Callable[[Any], Any]:  # noqa: ARG002 - a step's signature
        """The step as a function over a batch."""
        return self.apply

    @abstractmethod
    def apply(self, batch: Any) -> Any:
        """A batch of what the step takes → a batch of what it gives."""
