"""Texts of environment variables as values; each says what it must be in a ValueError."""

import re
from collections.abc import Callable

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_POSITIVE = re.compile(r"(?=[0-9.]*[1-9])[0-9]{1,9}(\.[0-9]{1,9})?")
_NUMBER = re.compile(r"0*[1-9][0-9]{0,17}")


def names(text: str) -> tuple[str, ...]:
    """The names in a list with commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def bucket(text: str) -> str:
    """A bucket's name. Raises ValueError, as each of these."""
    if not _BUCKET.fullmatch(text):
        raise ValueError("must be a bucket's name alone, such as my-models")
    return text


def prefix(text: str) -> str:
    """A prefix of keys, with a slash at its end."""
    if text.startswith("/") or ".." in text:
        raise ValueError("must be a key prefix such as models/")
    return text if text.endswith("/") else f"{text}/"


def size(text: str) -> int:
    """A whole number above 0."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("must be a whole number above 0")
    return int(text)


def one_of(*known: str) -> Callable[[str], str]:
    """A reader of one of a few words."""

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return text

    return read


def within(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers in a range."""

    def read(text: str) -> int:
        number = size(text)
        if not least <= number <= most:
            raise ValueError(f"must be from {least} to {most}")
        return number

    return read


def sinks(text: str) -> tuple[str, ...]:
    """Names of sinks that jobs' ends are told to."""
    from samovar.job_events import SINKS

    given = names(text)
    if not set(given) <= set(SINKS):
        raise ValueError(f"must be some of {', '.join(SINKS)}")
    return given


def rule(text: str) -> str:
    """Hosts that webhooks may go to, as they were written."""
    from samovar.addresses import read_rule

    read_rule(text)
    return text


def secret(text: str) -> str:
    """Secrets that webhooks are signed with, as they were written."""
    from samovar.signatures import read_secrets

    read_secrets(text)
    return text


def route(text: str) -> tuple[tuple[str, float], ...]:
    """What `auto` models are routed by: fields of RouteLimits, such as `worth=7.1,speed=40`."""
    from dataclasses import fields

    from samovar.routing import RouteLimits

    known = {field.name: field.type for field in fields(RouteLimits)}
    found = {}
    for word in text.replace(",", " ").split():
        name, _, number = word.partition("=")
        form = _NUMBER if known.get(name) is int else _POSITIVE
        if name not in known or not form.fullmatch(number):
            raise ValueError(f"must be numbers above 0, such as speed=40, of {', '.join(known)}")
        found[name] = int(number) if form is _NUMBER else float(number)
    return tuple(found.items())


def level(text: str) -> str:
    """A level of the log."""
    said = text.upper()
    if said not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return said
