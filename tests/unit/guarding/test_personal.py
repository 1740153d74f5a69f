"""Personal data is found by form and check digit; what only looks like it is left alone."""

import pytest
from samovar.guarding.accounts import is_card, is_iban, luhn
from samovar.guarding.phones import is_abroad, is_home
from samovar.refusals import PersonalDataRefused

from tests.unit.guarding.house import pii, whole

FOUND = [
    ("write to anna.b+c@example.co.uk, please", "write to [EMAIL], please"),
    ("<jörg@müller.de>", "<[EMAIL]>"),
    ("邮件anna@example.com谢谢", "邮件[EMAIL]谢谢"),
    ("a@b.io@c.de", "[EMAIL]"),
    ("card 4111 1111 1111 1111 12/26", "card [CARD] 12/26"),
    ("4111-1111-1111-1111, 378282246310005.", "[CARD], [CARD]."),
    ("IBAN DE89 3704 0044 0532 0130 00 it is", "IBAN [IBAN] it is"),
    ("gb82west12345698765432", "[IBAN]"),
    ("+44 20 7946 0958", "[PHONE]"),
    ("0049 (0)30 12345678!", "[PHONE]!"),
    ("(415) 555-2671 or 415.555.2671", "[PHONE] or [PHONE]"),
    ("Tel.: 4155552671", "Tel.: [PHONE]"),
    ("mein Handy: 0171 2345678", "mein Handy: [PHONE]"),
    ("from 203.0.113.9, to 2001:db8::1.", "from [IP], to [IP]."),
    ("::ffff:10.1.2.3", "[IP]"),
    ("postgres://u:p%40ss@db.example.com/x", "postgres://[CREDENTIALS]/x"),
]
LEFT = [
    "image@2x.png, user@localhost, @anna, a@b",
    "4111 1111 1111 1112",  # Luhn says no
    "1234 5678 9012 3452 0000",
    "DE89 3704 0044 0532 0130 01",  # and so does 97
    "order 4155552671, ticket 0049-12",
    "ISBN 978-3-16-148410-0 and 9783161484100",
    "2026-11-23T12:30:45.123456Z, 01.02.2024 15:30, 1764000000000",
    "version 1.2.3.4, v10.20.30.40, 1.2.3, 1.2.3.4.5, 999.1.1.1",
    "std::vector<face::add> at 12:30:45, 00:1a:2b:3c:4d:5e",
    "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "9f1c2b34-5d6e-4f70-8a9b-0c1d2e3f4a5b",
    "https://example.com/a:b/c, mailto:, http://localhost:8080/@x",
    "1,234,567.89 and 12 345 678",
]


@pytest.mark.parametrize(("text", "said"), FOUND)
def test_what_is_personal_is_hidden_and_all_else_stays(text: str, said: str) -> None:
    assert whole(text, pii()) == said


@pytest.mark.parametrize("text", LEFT)
def test_what_only_looks_personal_is_left_alone(text: str) -> None:
    assert whole(text, pii()) == text


def test_a_refusal_names_the_kind_and_never_the_value() -> None:
    with pytest.raises(PersonalDataRefused) as refused:
        whole("my card is 4111111111111111", pii(action="refuse"))
    assert refused.value.code == "personal_data"
    assert "payment card" in refused.value.message
    assert "4111" not in refused.value.message


def test_check_digits_are_those_of_their_standards() -> None:
    assert luhn("79927398713") == 0
    assert luhn("79927398710") != 0
    assert is_card("6011111111111117")
    assert not is_card("9111111111111111")  # no brand begins so
    assert is_iban("NO9386011117947")
    assert not is_iban("NO938601111794")  # too short for its country


def test_telephone_numbers_are_those_that_a_plan_has_room_for() -> None:
    assert is_abroad("442079460958")
    assert not is_abroad("440000000000")
    assert is_home("03012345678", "DE")
    assert not is_home("3012345678", "DE")  # nobody dials it so from within
    assert is_home("4155552671", "US")
    assert not is_home("1234567890", "US")


def test_numbers_of_a_region_are_found_where_a_model_names_it() -> None:
    from samovar.steps.guard_pii import GuardPii

    polish = GuardPii(regions=("PL",)).rules(lambda _: b"")
    assert whole("tel. 512 345 678", polish) == "tel. [PHONE]"
    assert whole("tel. 512 345 678", pii()) == "tel. 512 345 678"
