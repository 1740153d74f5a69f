"""What the answers of a model's version depend on, beside what it is asked, as one digest."""

from collections.abc import Iterator
from hashlib import blake2b

from samovar import __version__
from samovar.programs import program_type
from samovar.types import ModelSpec

DESCRIBES = frozenset(
    {
        *("title", "description", "lane", "bundle", "licence", "origin"),
        *("signatures", "metrics", "profile", "examples"),
        *("files", "cache"),  # of which only a part matters
    }
)
"""What of a manifest only tells of a model: to change it changes no answer."""


def identity_of(spec: ModelSpec, version: str) -> bytes:
    """16 bytes; none where a file that the version's answers come from has no digest listed.

    The sha256 of each of its files, its number, all that its manifest says but what only
    describes it, and samovar's own version.
    """
    files = {name: digest for name, digest in spec.files.items() if name.startswith(f"{version}/")}
    if any(f"{version}/{name}" not in files for name in _read(spec)):
        return b""
    said = [(name, getattr(spec, name)) for name in _names(spec) if name not in DESCRIBES]
    whole = repr((__version__, version, sorted(files.items()), spec.cache.epoch, said))
    return blake2b(whole.encode(), digest_size=16).digest()


def _names(spec: ModelSpec) -> tuple[str, ...]:
    return type(spec).__match_args__


def _read(spec: ModelSpec) -> Iterator[str]:
    """Names of the files that a model is made of, as far as its manifest tells."""
    yield from spec.program.runners.values()
    for name in _names(spec):
        value = getattr(spec, name)
        for part in value if isinstance(value, tuple) else ():
            yield from part.assets() if hasattr(part, "assets") else ()
    cls = program_type(spec.program.name)
    program = cls(**spec.program.params)
    for name in cls.__match_args__:  # type: ignore[attr-defined]  # a dataclass's
        value = getattr(program, name)
        if isinstance(value, str) and "." in value:
            yield value
