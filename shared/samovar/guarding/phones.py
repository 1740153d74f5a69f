"""Telephone numbers: those that some country's plan of numbers has room for.

A number that begins with + or 00 is held to the plan of its country. One without is held to the
plans of the regions that a model names, and has to look like a number there, or stand behind a
word that says what it is: any ten digits may be an order's number.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pkgutil import get_data

from samovar.guarding.runs import BLANKS, trailing
from samovar.guarding.spans import Finder
from samovar.values import dataclass

_GAP = rf"[.()/{BLANKS}]{{0,2}}"
_ABROAD = re.compile(
    r"(?<![\w+])(?:(?=\+)|(?<![.,/#=-])(?<!\d )(?=00))"
    rf"(?=((?:\+|00)[ (]?[1-9](?:{_GAP}\d){{6,15}}))",
    re.ASCII,
)
_HOME = re.compile(
    rf"(?<![\w.,/#=+-])(?<!\d:)(?<!\d[./{BLANKS}])"
    rf"(?=(\d(?:{_GAP}\d){{6,13}}|\(\d{{1,5}}\)(?:{_GAP}\d){{4,11}}))",
    re.ASCII,
)
_GOES_ON = re.compile(r"\w|[./-]\d", re.ASCII)
_WORD = re.compile(
    r"(?:tel|phone|telephone|mobile|cell|call|ring|dial|fax|sms|text|whatsapp|reach|contact|hotline"
    r"|telefon|handy|mobil|anruf|rufnummer|portable|appel|téléphone|tél|móvil|teléfono|llam\w{1,3}"
    r"|cellulare|telefono|rufnr)\b[^\d\n]{0,16}\Z",
    re.IGNORECASE,
)
_AMERICAN = re.compile(
    rf"(?:1[.{BLANKS}])?(?:\(\d{{3}}\)[ \u00a0]?|\d{{3}}[.{BLANKS}])\d{{3}}[.{BLANKS}]\d{{4}}"
)
_TRUNK = re.compile(rf"\(?0[\d)]{{1,5}}[/.{BLANKS}]{{1,2}}[\d/.{BLANKS}]+")
_OTHER = re.compile(r"\d{2}([./-])\d{2}\1\d{2,4}(?!\d)|\d{4}([ -])\d{4}\2\d{4}(?!\d)")
"""Dates, and numbers in groups of four."""
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d\d[ -](?:[A-Z0-9]{4}[ -]){1,8}\Z", re.ASCII)
_MOST = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """A region's numbers: its country's code, what is dialled before them within it, patterns."""

    code: str
    trunk: str
    possible: re.Pattern[str]
    used: re.Pattern[str]


@cache
def _lines() -> Mapping[str, tuple[str, ...]]:
    """Region or code → country's code, trunk prefix, patterns: of the package's own table."""
    body = (get_data("samovar.guarding", "phone_plans.txt") or b"").decode()
    rows = (line.split(" ") for line in body.splitlines() if not line.startswith("#"))
    return {name if name != "001" else code: (code, *rest) for name, code, *rest in rows}


def regions() -> frozenset[str]:
    """The regions whose plans are known, by ISO 3166's two letters."""
    return frozenset(name for name in _lines() if name.isalpha())


@cache
def _plan(name: str) -> Plan:
    code, trunk, possible, used = _lines()[name]
    return Plan(code, trunk.strip("-"), re.compile(possible), re.compile(used))


@cache
def _of_code(code: str) -> tuple[str, ...]:
    return tuple(name for name, line in _lines().items() if line[0] == code)


def is_abroad(digits: str) -> bool:
    """Whether digits are a country's code and what may be a number there."""
    return any(
        _plan(name).possible.fullmatch(digits, size)
        for size in (1, 2, 3)
        for name in _of_code(digits[:size])
    )


def is_home(digits: str, region: str) -> bool:
    """Whether digits are a number in use in a region, as it is dialled from within."""
    plan = _plan(region)
    begins = plan.trunk and digits.startswith(plan.trunk)
    if begins and plan.used.fullmatch(digits, len(plan.trunk)):
        return True
    return plan.trunk in ("", "1") and plan.used.fullmatch(digits) is not None


def phones(home: tuple[str, ...]) -> Finder:
    """What finds numbers of any country, and of the regions of `home` without its code."""

    def find(text: str) -> Iterator[tuple[int, int]]:
        for found in _ABROAD.finditer(text):
            yield from _longest(text, found.start(), found[1], _is_abroad)
        for found in _HOME.finditer(text) if home else ():
            fits = partial(_is_at_home, home, is_named=_evidence(text, found.start()))
            yield from _longest(text, found.start(), found[1], fits)

    return Finder("phone", find, trailing(f"0-9.()/+{BLANKS}", "+(0-9", _MOST))


def _evidence(text: str, start: int) -> bool | None:
    """Whether what stands before says that it is a telephone number (None: that it is none)."""
    if _WORD.search(text, max(start - 32, 0), start):
        return True
    return None if _ACCOUNT.search(text, max(start - 44, 0), start) else False


def _is_at_home(
    home: Sequence[str], text: str, start: int, end: int, *, is_named: bool | None
) -> bool:
    said = text[start:end]
    if is_named is None or not (is_named or _looks(said)):
        return False
    digits = re.sub(r"\D", "", said)
    return any(is_home(digits, region) for region in home)


def _looks(said: str) -> bool:
    """Whether it is written as people write telephone numbers, and little else."""
    if _AMERICAN.fullmatch(said):
        return True
    if _OTHER.match(said):
        return False
    return bool(_TRUNK.fullmatch(said)) and 9 <= sum(map(str.isdigit, said)) <= 12


def _is_abroad(text: str, start: int, end: int) -> bool:
    said = text[start:end].replace("(0)", "")
    digits = re.sub(r"\D", "", said)
    return is_abroad(digits if said[0] == "+" else digits[2:])


def _longest(
    text: str, start: int, run: str, fits: Callable[[str, int, int], bool]
) -> Iterator[tuple[int, int]]:
    """The longest beginning of a run, by whole groups of digits, that fits."""
    for group in reversed(list(re.finditer(r"\d+", run))):
        end = start + group.end()
        if not _GOES_ON.match(text, end) and fits(text, start, end):
            yield start, end
            return
