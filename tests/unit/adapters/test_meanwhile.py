"""Graphs that are opened while something else is read."""

from threading import Event, current_thread, main_thread

import pytest
from samovar.adapters.meanwhile import Meanwhile
from samovar.errors import ModelCorrupt


def test_who_asks_for_a_runner_waits_until_it_is_open():
    may_go, opened_in = Event(), []

    def opens():
        may_go.wait(5)
        opened_in.append(current_thread())
        return "a runner"

    runners = Meanwhile({"decode": opens})
    assert not opened_in
    may_go.set()
    assert runners["decode"] == "a runner"
    assert opened_in[0] is not main_thread()
    assert dict(runners) == {"decode": "a runner"}


def test_what_opening_raised_is_raised_to_who_asks_and_to_nobody_else():
    def opens():
        raise ModelCorrupt("it cannot be opened")

    runners = Meanwhile({"decode": opens})
    runners.wait()
    with pytest.raises(ModelCorrupt, match="cannot be opened"):
        runners["decode"]


def test_a_role_that_there_is_not_is_a_key_error():
    with pytest.raises(KeyError):
        Meanwhile({})["decode"]
