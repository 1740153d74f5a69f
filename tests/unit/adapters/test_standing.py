"""Models that stand on others: opened over one encoder, fresh within ten seconds."""

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from samovar.adapters.classifier_folders import FolderClassifiers
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.local import LocalPredictor
from samovar.adapters.memory import MemoryClock
from samovar.adapters.onnx import OnnxRunner
from samovar.classification.fitting import fit_head
from samovar.classification.head_files import Encoder, SavedHead, encoder_of, write_head
from samovar.classification.label_heads import LabelHead
from samovar.errors import (
    ManifestInvalid,
    ModelFault,
    ModelNotFound,
    ModelTampered,
    StorageUnavailable,
)
from samovar.frozen import replace
from samovar.ports import ModelStore
from samovar.types import Payload

from tests.tiny_embedder import WIDTH, write_sense
from tests.tiny_models import write_models
from tests.unit.classification.test_heads import drawn

MANIFEST = b'[input]\nkind = "text"\n[program]\nname = "classifier"\nrunners = {}\n'
ASKED = Payload(b"a cup of tea", "text/plain", "r")
TEN_S = 10_000_000_000


class House:
    """A host over a folder, the paths that it opened, and a clock that stands still."""

    def __init__(self, root: Path) -> None:
        self.folders = FolderClassifiers(root)
        self.clock = MemoryClock()
        self.opened: list[str] = []
        self.store = DirectoryStore(root)
        self.host = LocalPredictor(self.store, self._open, self.clock)

    def over(self, store: ModelStore) -> LocalPredictor:
        """Another host over the same models, by another store."""
        return LocalPredictor(store, self._open, self.clock)

    def _open(self, path: Path) -> OnnxRunner:
        self.opened.append(path.parent.parent.name)
        return OnnxRunner(path, threads=1)

    def save(self, version: int, *, name: str = "todo", encoder: Encoder | None = None) -> None:
        rows, truth, names = drawn(version, 9, 3, WIDTH)
        head = LabelHead(("a", "b", "c"), fit_head(rows, truth, names))
        over = encoder or encoder_of(self.store.spec("sense"), "1")
        body = write_head(SavedHead(over, head, ("", "", "")))
        assert self.folders.add(name, version, MANIFEST, body)

    def version(self, host: LocalPredictor | None = None) -> str:
        said = (host or self.host).predict("todo", "", ASKED)
        return str(orjson.loads(said.body)["version"])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(write_sense(write_models(tmp_path / "models")))


def test_an_encoder_is_opened_once_for_all_that_stand_on_it(house: House) -> None:
    house.save(1)
    house.save(1, name="other")
    for name in ("todo", "sense", "other"):
        house.host.predict(name, "", ASKED)
    assert house.opened == ["sense"]
    below, above = house.host.load("sense"), house.host.load("todo")
    assert above.padded == below.padded, "its rows share runs as the encoder's do"
    assert above.shares_batch
    assert above.spec.limits == below.spec.limits


def test_texts_of_any_length_share_runs_and_are_answered_as_alone(house: House) -> None:
    house.save(1)
    texts = [b"tea", b"a loan of the bank for a hotel", b"", b"water the rose and the plant"]
    payloads = [Payload(text, "text/plain", "r") for text in texts]
    together = [orjson.loads(each.body) for each in house.host.predict_many("todo", "", payloads)]
    for payload, shared in zip(payloads, together, strict=True):
        alone = orjson.loads(house.host.predict("todo", "", payload).body)
        assert shared["label"] == alone["label"]
        assert shared["score"] == pytest.approx(alone["score"], abs=1e-5)


def test_a_newer_version_is_known_after_ten_seconds_and_not_looked_for_before(
    house: House,
) -> None:
    house.save(1)
    assert house.version() == "1"
    house.save(2)
    house.clock.move(TEN_S)
    assert house.version() == "1"
    house.clock.move(1)
    assert house.version() == "2"
    said = house.host.predict("todo", "1", ASKED)
    assert orjson.loads(said.body)["version"] == "1"


def test_one_that_was_removed_is_gone_after_ten_seconds(house: House) -> None:
    house.save(1)
    house.version()
    house.folders.remove("todo")
    assert house.version() == "1"
    house.clock.move(TEN_S + 1)
    with pytest.raises(ModelNotFound):
        house.version()


def test_where_the_store_is_away_what_is_known_goes_on_answering(house: House) -> None:
    house.save(1)
    store = Away(house.store)
    host = house.over(store)
    assert house.version(host) == "1"
    store.is_away = True
    house.clock.move(TEN_S + 1)
    assert house.version(host) == "1"


class Away:
    """A store that cannot be reached, when it is."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self.is_away = False

    def __getattr__(self, name: str) -> Callable:
        if self.is_away:
            raise StorageUnavailable("away")
        return getattr(self._store, name)


def test_an_unloaded_one_is_fresh_at_once(house: House) -> None:
    house.save(1)
    house.version()
    house.save(2)
    house.host.unload("todo")
    assert house.version() == "2"


def test_one_whose_encoder_is_away_or_no_encoder_says_so(house: House) -> None:
    own = encoder_of(house.store.spec("sense"), "1")
    house.save(1, name="away", encoder=replace(own, model="nobody"))
    house.save(1, name="later", encoder=replace(own, version="9"))
    house.save(1, name="no-texts", encoder=replace(own, model="mood"))
    house.save(1, name="changed", encoder=replace(own, sha256="ab"))
    house.save(1)
    house.save(1, name="tower", encoder=replace(own, model="todo"))
    for name, error, says in (
        ("away", ModelFault, "stands on a model that is away"),
        ("later", ModelFault, "stands on a model that is away"),
        ("no-texts", ManifestInvalid, "embeds no texts"),
        ("changed", ModelTampered, "save it again"),
        ("tower", ModelFault, "'todo' stands on another itself"),
    ):
        with pytest.raises(error, match=says):
            house.host.predict(name, "", ASKED)


def test_one_that_stands_on_itself_is_refused(house: House) -> None:
    own = encoder_of(house.store.spec("sense"), "1")
    house.save(1, encoder=replace(own, model="todo"))
    with pytest.raises(ModelFault):
        house.version()
