"""Sentences with personal data in known places.

Made up by a seed from forms that people write: nothing here is taken from what is measured.
"""

import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

Make = Callable[[random.Random], str]


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence, what is in it, and from where to where (none: nothing is)."""

    text: str
    kind: str
    start: int
    end: int


def digits(chance: random.Random, form: str) -> str:
    """A form with a digit for each #, one of 2 to 9 for each N."""
    return "".join(
        chance.choice("0123456789") if c == "#" else chance.choice("23456789") if c == "N" else c
        for c in form
    )


def _email(chance: random.Random) -> str:
    first = chance.choice(["anna", "jose", "li.wei", "o'neil", "k_müller", "sales", "x", "dev-ops"])
    tag = chance.choice(["", "", ".smith", "+news", str(chance.randint(1, 999)), "_b"])
    host = chance.choice(
        ["example", "mail.example", "sub-domain.example", "bücher", "a1", "uni.edu"]
    )
    last = chance.choice(["com", "org", "co.uk", "io", "de", "museum", "xn--p1ai", "photography"])
    said = f"{first}{tag}@{host}.{last}"
    return said.upper() if chance.random() < 0.1 else said


_PHONES = [
    *("(415) 555-01##", "212-555-01##", "312.555.01##", "1-202-555-01##", "+1 (650) 555-01##"),
    *("+1 404 555 01##", "+16175550###", "020 7946 0###", "07700 900###", "+44 20 7946 0###"),
    *("+447700900###", "+44 (0)161 496 0###", "0161 496 0###", "030 23125 ###", "+49 30 23125 ###"),
    *(
        "0171 39200##",
        "+49 (0)89 99998-###",
        "0049 40 66969 ###",
        "01 99 00 ## ##",
        "06 39 98 ## ##",
    ),
    *(
        "+33 1 99 00 ## ##",
        "+33639980###",
        "+34 612 34# ###",
        "+39 06 698 #####",
        "+31 20 624 ####",
    ),
    *("+91 98765 4####", "+81 3-3201-####", "+55 11 9####-####", "+86 138 #### ####"),
    *(
        "+61 491 570 ###",
        "+7 912 345-##-##",
        "+48 512 345 ###",
        "+41 44 668 18 ##",
        "+46 70 174 06 ##",
    ),
]
_ASKED = ["tel {}", "phone: {}", "call {}", "mobile {}", "Telefon {}", "whatsapp {}"]


def _phone(chance: random.Random) -> str:
    return digits(chance, chance.choice(_PHONES))


def with_luhn(chance: random.Random, prefix: str, length: int) -> str:
    """Digits that begin so and end with the check digit of ISO/IEC 7812."""
    body = prefix + "".join(chance.choices(string.digits, k=length - len(prefix) - 1))
    total = 0
    for at, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if at % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


CARDS = [("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16)]
CARDS += [("36", 14), ("3530", 16), ("62", 16), ("65", 16), ("4", 19)]


def grouped(said: str, mark: str) -> str:
    """Digits in the groups that stand on a card."""
    if len(said) == 15:
        return mark.join((said[:4], said[4:10], said[10:]))
    return mark.join(said[at : at + 4] for at in range(0, len(said), 4))


def _card(chance: random.Random) -> str:
    return grouped(with_luhn(chance, *chance.choice(CARDS)), chance.choice(["", " ", " ", "-"]))


_IBANS = ["DE##################", "GB##LLLL##############", "FR#########################"]
_IBANS += [
    "ES######################",
    "NL##LLLL##########",
    "BE##############",
    "AT##################",
]
_IBANS += ["IT##L######################", "CH###################", "PL##########################"]
_IBANS += [
    "NO#############",
    "SE######################",
    "SA##############CCCCCCCC"[:24],
    "TR########################",
]
_LENGTHS = {
    "DE": 22,
    "GB": 22,
    "FR": 27,
    "ES": 24,
    "NL": 18,
    "BE": 16,
    "AT": 20,
    "IT": 27,
    "CH": 21,
}
_LENGTHS |= {"PL": 28, "NO": 15, "SE": 24, "SA": 24, "TR": 26}


def _bban(chance: random.Random, form: str) -> str:
    said = form[4:].replace("C", "L")
    filled = "".join(chance.choice(string.ascii_uppercase) if c == "L" else c for c in said)
    return digits(chance, filled + "#" * (_LENGTHS[form[:2]] - 4 - len(filled)))


def iban(chance: random.Random) -> str:
    """A number with the check digits of ISO 13616, as people write it."""
    form = chance.choice(_IBANS)
    country, own = form[:2], _bban(chance, form)[: _LENGTHS[form[:2]] - 4]
    number = "".join(str(int(c, 36)) for c in own + country + "00")
    said = f"{country}{98 - int(number) % 97:02d}{own}"
    return chance.choice([said, grouped(said, " "), grouped(said, " "), said.lower()])


def _ip(chance: random.Random) -> str:
    if chance.random() < 0.6:
        return str(IPv4Address(chance.randint(1 << 24, (224 << 24) - 1)))
    address = IPv6Address((0x20010DB8 << 96) | (chance.getrandbits(chance.choice([8, 32, 64, 96]))))
    return chance.choice([address.compressed, address.exploded, address.compressed.upper()])


def _credentials(chance: random.Random) -> str:
    secret = "".join(
        chance.choices(string.ascii_letters + string.digits + "%!$", k=chance.randint(6, 24))
    )
    return f"{chance.choice(['admin', 'svc_user', 'u'])}:{secret}"


MAKERS: Mapping[str, Make] = {
    "email": _email,
    "phone": _phone,
    "card": _card,
    "iban": iban,
    "ip": _ip,
    "credentials": _credentials,
}
SENTENCES = [
    "Please use {} for this.",
    "{}",
    "It was {}, as far as I know, and nothing else.",
    "My colleague wrote: {}\nThank you!",
    '{{"value": "{}", "at": 3}}',
    "I have two: {}; the other one is old.",
    "Wir haben {} notiert.",
    "Is it ({})?",
    "name;value;date\nSmith;{};2026-01-02",
]
_LINKS = ["postgres://{}@db.example.com:5432/app", "see https://{}@example.org/x?y=1 there"]


_TYPESET = {ord(" "): "\u00a0", ord("-"): "\u2011"}


def positives(seed: int, each: int) -> list[Row]:
    """`each` sentences of every kind."""
    chance = random.Random(seed)  # noqa: S311 - made-up data, no secret
    return [_row(chance, kind) for kind in MAKERS for _ in range(each)]


def _row(chance: random.Random, kind: str) -> Row:
    value = MAKERS[kind](chance)
    if (
        kind not in ("email", "credentials") and chance.random() < 0.1
    ):  # as word processors write them
        value = value.translate(_TYPESET)
    sentence = chance.choice(_LINKS if kind == "credentials" else SENTENCES)
    before = sentence.partition("{}")[0].replace("{{", "{")
    text = sentence.replace("{}", "\0").replace("{{", "{").replace("}}", "}").replace("\0", value)
    return Row(text, kind, len(before), len(before) + len(value))
