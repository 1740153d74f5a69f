"""A manifest's profile in words. Pure."""

from collections.abc import Callable, Iterator, Mapping

from samovar.profile import Profile

from samovar_cli.terminal import percent


def plain(value: float) -> str:
    """A number with three figures that count, and no exponent."""
    return f"{float(f'{value:.3g}'):.15g}"


def profile_lines(profile: Profile) -> Iterator[tuple[str, str]]:
    """What is known and what it is; nothing where nobody measured."""
    if not (profile.request_ms or profile.kb_ms):
        return
    kb = f", and {plain(profile.kb_ms)} ms a KB" if profile.kb_ms else ""
    yield "a request", f"{plain(profile.request_ms)} ms{kb}"
    for name, say in _SAID.items():
        value = getattr(profile, name)
        if value:
            yield say(value)
    for vcpus, times in profile.speedup:
        if vcpus > 1:
            yield f"on {vcpus:g} vCPUs", f"× {plain(times)} as fast"


_SAID: Mapping[str, Callable[[float], tuple[str, str]]] = {
    "shared_ms": lambda ms: ("of it, once a batch", f"{plain(ms)} ms"),
    "prefill_ms": lambda ms: ("a token of a prompt", f"{plain(ms)} ms"),
    "decode_ms": lambda ms: ("a token that is said", f"{plain(ms)} ms"),
    "error": lambda share: ("the line is off by", percent(share)),
    "noise": lambda share: ("runs vary by", percent(share)),
    "init_ms": lambda ms: ("a cold start", f"{plain(ms)} ms"),
    "memory_mb": lambda mb: ("memory", f"{plain(mb)} MB"),
}
