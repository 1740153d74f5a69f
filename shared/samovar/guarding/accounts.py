"""Cards by brand, length and Luhn's digit; IBANs by country, length and ISO 7064's remainder.

Sources: ISO/IEC 7812-1 (Luhn), the brands' published number ranges, SWIFT's IBAN registry.
"""

import re
from collections.abc import Iterator, Mapping

from samovar.guarding.runs import BLANKS, beginning, trailing
from samovar.guarding.spans import Finder

# Not before or after it: letters and digits, or another group of digits as long as a card's own.
_CARD = re.compile(
    rf"(?<![\w.])(?<!\d{{4}}[{BLANKS}])(?<![A-Z]{{2}}\d\d[{BLANKS}])(?=(\d{{4}}(?:[{BLANKS}]?\d){{8,15}}))",
    re.ASCII,
)
_MORE = re.compile(r"[\u2010\u2011-]?\d|[ \u00a0\u202f]\d{4}(?!\d)|[A-Za-z_]", re.ASCII)
_DIGIT, _NO_DIGIT = re.compile(r"\d", re.ASCII), re.compile(r"\D", re.ASCII)
_MOST_CARD = 48
_LONG = tuple(range(16, 20))
_BRANDS: tuple[tuple[int, int, int, tuple[int, ...]], ...] = (
    # digits of the prefix, its range, lengths
    (1, 4, 4, (16, 19)),  # Visa
    (2, 51, 55, (16,)),  # Mastercard
    (4, 2221, 2720, (16,)),  # Mastercard
    (2, 34, 34, (15,)),  # American Express
    (2, 37, 37, (15,)),
    (4, 6011, 6011, _LONG),  # Discover
    (3, 644, 649, _LONG),
    (2, 65, 65, _LONG),
    (3, 300, 305, (14, *_LONG)),  # Diners Club
    (2, 36, 36, (14, *_LONG)),
    (2, 38, 39, (14, *_LONG)),
    (4, 3528, 3589, _LONG),  # JCB
    (2, 62, 62, _LONG),  # UnionPay
    (4, 2200, 2204, _LONG),  # Mir
    *((4, prefix, prefix, (12, 13, 15, *_LONG)) for prefix in (5018, 5020, 5038, 5893, 6304, 6759)),
    (4, 6761, 6763, (12, 13, 15, *_LONG)),  # Maestro
)


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for found in _CARD.finditer(text):
        ends = [place.end() for place in _DIGIT.finditer(found[1])]
        digits = _NO_DIGIT.sub("", found[1])
        for count in range(len(ends), 11, -1):
            end = found.start() + ends[count - 1]
            if is_card(digits[:count]) and not _MORE.match(text, end):
                yield found.start(), end
                break


def is_card(digits: str) -> bool:
    """Whether digits are of a brand's prefix and length, and Luhn's sum holds."""
    fits = any(
        low <= int(digits[:size]) <= high and len(digits) in lengths
        for size, low, high, lengths in _BRANDS
    )
    return fits and luhn(digits) == 0


def luhn(digits: str) -> int:
    """0 where the last digit is the one that the others ask for."""
    odd = sum(map(int, digits[-1::-2]))
    return (odd + sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])) % 10


_LENGTHS: Mapping[str, int] = {
    said[:2]: int(said[2:])
    for said in re.findall(
        r"\w{4}",
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
        "DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 "
        "IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 "
        "MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 "
        "SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30",
    )
}
_IBAN = re.compile(r"(?<![A-Za-z0-9])(?=([A-Za-z]{2})\d\d)")
_MOST_IBAN = 80


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for found in _IBAN.finditer(text):
        length = _LENGTHS.get(found[1].upper())
        run = _GROUPS[length].match(text, found.start()) if length else None
        if run and is_iban(re.sub(f"[{BLANKS}]", "", run[0])):
            yield run.span()


_GROUPS: Mapping[int, re.Pattern[str]] = {
    length: re.compile(rf"[A-Za-z0-9](?:[{BLANKS}]?[A-Za-z0-9]){{{length - 1}}}(?![A-Za-z0-9])")
    for length in set(_LENGTHS.values())
}


def is_iban(said: str) -> bool:
    """Whether characters, without spaces, are of their country's length and leave 1 over 97."""
    said = said.upper()
    digits = (str(int(character, 36)) for character in said[4:] + said[:4])
    return _LENGTHS.get(said[:2]) == len(said) and int("".join(digits)) % 97 == 1


CARD = Finder("card", _cards, trailing(f"0-9{BLANKS}", "0-9", _MOST_CARD))
IBAN = Finder(
    "iban",
    _ibans,
    beginning(
        r"(?<![A-Za-z0-9])[A-Za-z](?:[A-Za-z](?:\d(?:\d"
        rf"(?:[{BLANKS}]?[A-Za-z0-9]){{0,31}}[{BLANKS}]?)?)?)?",
        _MOST_IBAN,
    ),
)
