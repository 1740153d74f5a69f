"""A model opened: its files checked, its graphs in sessions, its steps bound."""

from __future__ import annotations  # of ports, which cost a start and do nothing

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from samovar.adapters.forms import OpenRunner, open_graph
from samovar.adapters.model_files import verify
from samovar.compiled import PLAIN
from samovar.errors import ModelFault, NotFound
from samovar.model import Model
from samovar.programs import StandingType, program_type, standing_type
from samovar.types import ModelSpec

if TYPE_CHECKING:
    from samovar.guarding.guards import Guards
    from samovar.ports import ModelFiles, ModelStore, Runner

Load = Callable[[str, str], Model]
"""Gives the model of a name and version, opened if it was not."""


def open_model(
    store: ModelStore, name: str, version: str, open_runner: OpenRunner, load: Load
) -> Model:
    """A version's graphs opened and its steps bound. Raises ModelFault, NotFound.

    The files are checked against the manifest first, wherever they came from, but for those
    that were checked when they were sealed. `load` gives the model that another stands on.
    """
    spec = store.spec(name)
    files = store.fetch(name, version)
    if not files.checked:
        verify(spec, version, files)
    standing = standing_type(spec.program.name)
    if standing is not None:
        made = standing(**spec.program.params)
        return _stand(spec, version, made, files, _only_ground(store, load))
    try:
        cls = program_type(spec.program.name)
        opens = {
            role: partial(open_graph, spec, version, files, graph, open_runner)
            for role, graph in spec.program.runners.items()
        }
        with _opened(opens, meanwhile=getattr(cls, "loops", False)) as runners:
            program = cls(**spec.program.params).bind(spec, runners, files.read)
    except KeyError as error:
        raise ModelFault(f"model '{name}': program '{spec.program.name}' lacks {error}") from None
    forms = {getattr(runner, "form", PLAIN) for runner in runners.values()}
    return Model(spec, version, program, "+".join(sorted(forms)), guards=_guards(spec, files))


@contextmanager
def _opened(
    opens: Mapping[str, Callable[[], Runner]], *, meanwhile: bool
) -> Iterator[Mapping[str, Runner]]:
    """Runners by role; `meanwhile`, they are opened in a thread, and waited for where asked."""
    if not meanwhile:
        yield {role: open_one() for role, open_one in opens.items()}
        return
    from samovar.adapters.meanwhile import Meanwhile

    runners = Meanwhile(opens)
    try:
        yield runners
    finally:
        runners.wait()


def _guards(spec: ModelSpec, files: ModelFiles) -> Guards | None:
    """What guards its texts, None where nothing does. Raises ManifestInvalid, ModelCorrupt."""
    if not spec.guards_before and not spec.guards_after:
        return None
    from samovar.guarding.guards import bind_guards

    return bind_guards(spec, files.read)


def _stand(
    spec: ModelSpec, version: str, made: StandingType, files: ModelFiles, below: Load
) -> Model:
    """A model that stands on another, which is opened once for all that do. Raises ModelFault."""
    name, wanted = made.foundation(files.read)
    try:
        model = below(name, wanted)
    except NotFound as error:
        raise ModelFault(f"'{spec.name}' stands on a model that is away: {error.message}") from None
    program = made.stand(spec, model, files.read)
    merged = made.merged(spec, model.spec)
    return Model(merged, version, program, model.form, model.guards, stands=True)


def _only_ground(store: ModelStore, load: Load) -> Load:
    """Gives models that stand on no other: none is opened that would stand on itself."""

    def below(name: str, version: str) -> Model:
        if standing_type(store.spec(name).program.name) is not None:
            raise ModelFault(f"model '{name}' stands on another itself: none can stand on it")
        return load(name, version)

    return below
