"""The folder of models that commands read."""

import difflib
from collections.abc import Sequence
from pathlib import Path

from samovar.errors import ModelNotFound, SamovarError
from samovar.model import Model
from samovar.ports import ModelStore
from samovar.service import Service
from samovar.settings import Settings
from samovar.types import ModelSpec, Signature
from samovar.wiring import build_service, build_store, load_model


class Folder:
    """Models in a folder, with refusals that help a person at a keyboard."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._settings = Settings(models_dir=path)
        self._store: ModelStore = build_store(self._settings)

    def service(self) -> Service:
        """A service over the folder, in this process."""
        return build_service(self._settings)

    def names(self) -> tuple[str, ...]:
        """The models' names. Raises ModelNotFound where there are none at all."""
        names = self._store.names()
        if not names:
            raise ModelNotFound(
                f"there are no models in {self.path}: run `make models`, "
                "or name another folder with --models"
            )
        return names

    def spec(self, name: str) -> ModelSpec:
        """A manifest. Raises ModelNotFound with what may have been meant, ManifestInvalid."""
        self.check_name(name)
        return self._store.spec(name)

    def check_name(self, name: str) -> None:
        """Raises ModelNotFound with what may have been meant."""
        if name not in self.names():
            raise ModelNotFound(_unknown(name, self.names(), self.path))

    def versions(self, name: str) -> tuple[str, ...]:
        """The versions that have been built, oldest first."""
        return self._store.versions(name)

    def is_heavy(self, name: str) -> bool:
        """Whether its manifest gives it to the heavy lane, or might. A broken one says nothing."""
        try:
            return self._store.spec(name).lane != "light"
        except SamovarError:
            return False

    def build_command(self, name: str) -> str:
        """What builds a model of this repository."""
        return "make models-heavy" if self.is_heavy(name) else "make models"

    def signature(self, name: str, version: str) -> Signature:
        """A version's tensors; where no lock file records them the model is opened."""
        recorded = self._store.spec(name).signatures.get(version)
        return recorded or self.load(name, version).program.signature

    def load(self, name: str, version: str = "") -> Model:
        """A model, opened and verified. Raises NotFound, ModelFault."""
        return load_model(self._settings, name, version)

    def size_bytes(self, name: str, version: str) -> int:
        """What a version's files take on disk."""
        root = self.path / name / version
        return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())


def _unknown(name: str, known: Sequence[str], where: Path) -> str:
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known[:12])}"
    return f"there is no model '{name[:80]}' in {where}; {hint}"
