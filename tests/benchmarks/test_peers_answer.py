"""Peers that are set up answer the same numbers as ours: they would not be measured otherwise."""

import pytest

from benchmarks.events import json_event
from benchmarks.http_peers import one_round
from benchmarks.peers.in_functions import FUNCTIONS
from benchmarks.peers.running import running
from benchmarks.peers.subjects import subjects
from benchmarks.peers.table import BARE, PEERS, SERVE
from benchmarks.workers import Worker

MEASURED = {peer.name: peer for peer in PEERS}


@pytest.mark.slow
def test_the_bare_handler_ours_and_a_peer_answer_one_request_with_the_same_numbers():
    chosen = [MEASURED[name] for name in ("canned answer", BARE, SERVE, "FastAPI")]
    if not all(peer.binaries.is_dir() for peer in chosen):
        pytest.skip("make .venvs/.stamps/peer-fastapi sets the peer up")
    assert len(subjects()) >= 2
    with running(chosen, subjects()) as started:
        seen = [one_round(one, 2) for one in started]
        assert all(one.requests >= 2 for one in seen)
        assert all(one.server.tree() for one in started)
    assert not any(one.server.tree() for one in started)


@pytest.mark.slow
@pytest.mark.parametrize("peer", FUNCTIONS, ids=lambda peer: peer.module)
def test_a_peer_inside_a_function_answers_as_the_graph_by_itself(peer):
    if not peer.python.exists():
        pytest.skip(f"make .venvs/.stamps/peer-{peer.environment} sets the peer up")
    subject = subjects()[0]
    with Worker(peer.entry(subject.name, json_event(subject.name, subject.feed))) as worker:
        assert worker.names == [peer.name]
        assert worker.time(peer.name)[0] > 0
