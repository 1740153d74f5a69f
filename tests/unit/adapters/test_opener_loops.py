"""Graphs of programs that loop are opened for it, and those of functions; no others."""

import numpy as np
import pytest
from samovar.adapters.forms import open_graph
from samovar.adapters.onnx import OnnxRunner
from samovar.adapters.opener import Opener
from samovar.settings import Settings
from samovar.types import ModelSpec, ProgramSpec
from samovar.wiring_models import open_runner

from tests.models.llama_graph import graph_file


class Watching(Opener):
    """An opener that tells whether it was asked for one that loops."""

    def __init__(self):
        super().__init__(1)
        self.asked = []

    def for_loops(self):
        self.asked.append("loops")
        return super().for_loops()


class Files:
    forms = False

    def path(self, name):
        return graph_file()


@pytest.mark.parametrize(("program", "asked"), [("generate", ["loops"]), ("single", [])])
def test_a_graph_that_runs_once_a_token_is_opened_for_loops(program, asked):
    opener = Watching()
    spec = ModelSpec("babble", "text-generation", program=ProgramSpec(program))
    runner = open_graph(spec, "1", Files(), "decoder.onnx", opener)
    assert "logits" in {one.name for one in runner.signature.outputs}
    assert opener.asked == asked


@pytest.mark.parametrize(
    ("settings", "spins"),
    [(Settings(memory_mb=3538), "1"), (Settings(memory_mb=1769), "1"), (Settings(), "0")],
)
def test_threads_of_functions_wait_for_their_next_kernel_and_those_of_servers_rest(settings, spins):
    runner = open_runner(settings)(graph_file())
    options = runner._session.get_session_options()
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == spins
    if spins == "1":  # and no longer than a millisecond: what they do then is nobody's
        waits = options.get_session_config_entry("session.intra_op.spin_duration_us")
        assert waits == "1000"


def test_threads_that_wait_within_a_run_give_the_same_bits():
    rested, waiting = (OnnxRunner(graph_file(), threads=2, waits=waits) for waits in (False, True))
    fed = {
        spec.name: np.zeros([max(size, 1) for size in spec.shape], np.float32)
        for spec in rested.signature.inputs
        if spec.name.startswith("past")
    }
    fed |= {"input_ids": np.array([[3]]), "attention_mask": np.ones((1, 2), np.int64)}
    one, other = (runner.run(fed, ["logits"])["logits"] for runner in (rested, waiting))
    assert one.tobytes() == other.tobytes()
