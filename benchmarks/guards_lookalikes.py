"""Sentences with what only looks like personal data, made up by a seed."""

import random
from collections.abc import Mapping

from benchmarks.guards_corpus import CARDS, SENTENCES, Make, Row, digits, grouped, iban, with_luhn


def _near_card(chance: random.Random) -> str:
    said = with_luhn(chance, *chance.choice(CARDS))
    at = chance.randrange(6, len(said))
    wrong = said[:at] + str((int(said[at]) + chance.randint(1, 9)) % 10) + said[at + 1 :]
    return grouped(wrong, chance.choice(["", " ", "-"]))


def _near_iban(chance: random.Random) -> str:
    said = iban(chance)
    places = [at for at, c in enumerate(said) if c.isdigit() and at > 3]
    at = chance.choice(places)
    return said[:at] + str((int(said[at]) + chance.randint(1, 9)) % 10) + said[at + 1 :]


def _isbn(chance: random.Random) -> str:
    body = digits(chance, "97" + chance.choice("89") + "#########")
    check = -sum(int(c) * (1, 3)[at % 2] for at, c in enumerate(body)) % 10
    whole = f"{body}{check}"
    return chance.choice([whole, f"{whole[:3]}-{whole[3]}-{whole[4:8]}-{whole[8:12]}-{whole[12]}"])


def _hex(count: int) -> Make:
    return lambda chance: "".join(chance.choices("0123456789abcdef", k=count))


def _form(*forms: str) -> Make:
    return lambda chance: digits(chance, chance.choice(forms))


NEGATIVES: Mapping[str, Make] = {
    "card, a digit wrong": _near_card,
    "IBAN, a digit wrong": _near_iban,
    "ISBN": _isbn,
    "order number": _form("N#######", "N#########", "ORD-######-####", "#######-##", "20##-######"),
    "long order number": _form("9##############", "8###########", "1#################"),
    "16 digits at random": _form("#### #### #### ####", "################"),
    "named number": _form("order number N#########", "invoice no. 0#########", "case N#########"),
    "version": _form(
        "version 1.#.#", "v#.1#.2#.3#", "release #.#.#.#", "#.1#.#-rc#", "Chrome 11#.0.6###.1##"
    ),
    "section": _form("section #.#.#.#", "§ 1#.#.#", "Figure #.#", "chapter #.#.#.1#"),
    "time": _form(
        *("2026-0N-1#T1#:3#:4#.######Z", "1#.0N.202# 1#:4#", "17##########", "17########"),
        *("0N/1#/202#", "1#:0N:5#", "2026-1#-0N 0#:1#"),
    ),
    "hash": lambda chance: _hex(chance.choice([7, 32, 40, 64]))(chance),
    "UUID": lambda chance: "-".join(_hex(n)(chance) for n in (8, 4, 4, 4, 12)),
    "amount": _form("$1,#N#,###.##", "1# ### ### EUR", "N#.###.###,##", "0.######", "N##,###,###"),
    "place": _form("52.5####, 13.4####", "40° 42' ##\" N", "1920x10##", "#-N#-1#"),
    "hardware": lambda chance: ":".join(_hex(2)(chance) for _ in range(6)),
    "handle": _form("@user##", "logo@#x.png", "root@localhost", "pkg@#.#.#", "a@b", "std::f#::b"),
    "tracking": _form("1Z999AA1########84", "RR#########DE", "JD01########", "#### #### ####"),
    "range": _form("2019-202#", "pp. 1##-1N#", "N#-1# N#-7", "1##-N##-1##", "10-20-3#"),
}


def negatives(seed: int, each: int) -> list[Row]:
    """`each` sentences with what only looks like it, of every sort; the sort is their kind."""
    chance = random.Random(seed)  # noqa: S311 - made-up data, no secret
    found = []
    for kind, make in NEGATIVES.items():
        for _ in range(each):
            sentence = chance.choice(SENTENCES).replace("{{", "{").replace("}}", "}")
            found.append(Row(sentence.replace("{}", make(chance)), kind, 0, 0))
    return found
