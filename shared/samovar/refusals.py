"""What a model's guards refuse: a branch of the tree in samovar.errors."""

from samovar.error_root import SamovarError


class GuardRefused(SamovarError):
    """Its message names the kind of what was found and where, never what it was."""

    code = "guard_refused"


class PersonalDataRefused(GuardRefused):
    """An e-mail address, a telephone number, a card or the like."""

    code = "personal_data"


class TermRefused(GuardRefused):
    """A blocked term."""

    code = "blocked_term"


class LengthRefused(GuardRefused):
    """A text that is too long."""

    code = "text_too_long"


class LanguageRefused(GuardRefused):
    """A text in a language that is not allowed."""

    code = "language_not_allowed"


class ToxicityRefused(GuardRefused):
    """A sentence that a model takes for toxic."""

    code = "toxic_text"


class SchemaRefused(GuardRefused):
    """An answer that is not the JSON that was promised."""

    code = "off_schema"
