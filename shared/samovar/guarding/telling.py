"""What is told of what was found."""

from typing import Any

from samovar.guarding.screen import FLAG, REDACT, Screen


def told_of(screen: Screen, where: str, *, sent: bool = False) -> list[dict[str, Any]]:
    """What was found in a text: of what kind and where, never what it is.

    Places are characters of the text that was `sent`, else of the text that is answered.
    """
    marks = [(span.start, span.end, span.kind, FLAG) for span in screen.flagged]
    marks += [(edit.start, edit.end, edit.kind, REDACT) for edit in screen.edits]
    found = []
    for start, end, kind, action in sorted(marks):
        end = min(end, screen.length)
        places = (start, end) if sent else (screen.place(start), screen.place_after(end))
        found.append(
            {"kind": kind, "action": action, "where": where, "start": places[0], "end": places[1]}
        )
    return found
