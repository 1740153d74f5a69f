"""Several texts that grow together: a step reads some of a prompt and gives every text a token.

Whoever waits for a text makes the steps: `run` takes a step, of all texts, whenever nobody else
is at one, and else waits for the end of that one: every step is every waiting thread's. So requests
of several threads share runs without a thread of their own, and a function that answers one
request at a time pays nothing for it.
"""

from collections.abc import Generator, Sequence
from threading import Condition

import numpy as np

from samovar.errors import PayloadTooLarge, SamovarError
from samovar.generation.chat import Reader
from samovar.generation.decoder import Decoder, shared_beginning
from samovar.generation.sampling import Sampling
from samovar.generation.texts import PLAIN, Manner, Text
from samovar.wanted import check_wanted

BLOCK = 64
"""Tokens of a prompt that are read in one step: others wait for no more than that.

What was read before is taken over in whole blocks, and what was said is read again: kernels
round otherwise for one token than for many, and a text must not depend on who asked before.
"""


class Slot:
    """A row of the cache: the tokens whose keys and values lie there, and whose it is now."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.tokens: list[int] = []
        self.kept = 0
        """How many of them were read in whole blocks."""
        self.text: Text | None = None

    @property
    def is_reading(self) -> bool:
        """Whether its text's prompt is not read to the end."""
        return self.text is not None and len(self.tokens) < len(self.text.prompt)

    @property
    def is_saying(self) -> bool:
        """Whether its text gets a token in the next step."""
        return self.text is not None and not self.is_reading and not self.text.is_done


class Scheduler:
    """Texts over one decoder."""

    def __init__(
        self, decoder: Decoder, reader: Reader, ends: Sequence[int], block: int = BLOCK
    ) -> None:
        self._block = block
        self._decoder = decoder
        self._reader = reader
        self._ends = frozenset(ends)
        self.slots = [Slot(number) for number in range(decoder.cache.rows)]
        self._waiting: list[Text] = []
        self._left: list[Text] = []  # by those who asked for them, and not yet let go of
        self._turn = Condition()  # of all that is here, but for a step that runs
        self._stepping = False
        self._steps = 0

    def begin(self, prompt: Sequence[int], sampling: Sampling, manner: Manner = PLAIN) -> Text:
        """A text that follows a prompt. Raises PayloadTooLarge for one that leaves no room."""
        room = self._decoder.cache.length
        if len(prompt) >= room:
            raise PayloadTooLarge(
                f"the prompt has {len(prompt)} tokens, {len(prompt) - room + 1} more than the "
                f"model takes ({room - 1}, and one to answer with); send less"
            )
        return Text(prompt, sampling, self._reader.decode, self._ends, manner)

    def run(self, texts: Sequence[Text]) -> None:
        """Texts to their ends. Raises as `stream` does."""
        for _ in self.stream(texts):
            pass

    def stream(self, texts: Sequence[Text]) -> Generator[None, None, None]:
        """Texts to their ends, a step at a time; left early, they are ended where they are.

        Raises ModelRunFailed; Unavailable where nobody waits for them any more.
        """
        with self._turn:
            self._waiting += texts
        try:
            while not all(text.is_done for text in texts):
                check_wanted()
                self._advance()
                yield
        finally:
            with self._turn:
                self._left += [text for text in texts if not text.is_done]
                if not self._stepping:
                    self._let_go()
        for text in texts:
            if text.error is not None:
                raise text.error

    def _advance(self) -> None:
        """A step: this thread's own, or the end of the one that another is at.

        Were it a lock, whoever has made a step would have it again before another thread runs.
        """
        with self._turn:
            if self._stepping:
                seen = self._steps
                self._turn.wait_for(lambda: self._steps != seen)
                return
            self._stepping = True
            self._let_go()
            self._admit()
        try:
            self._step()
        finally:
            with self._turn:
                self._stepping = False
                self._steps += 1
                self._turn.notify_all()

    def _step(self) -> None:
        """Some of one prompt, then a token for every text that is past its own."""
        try:
            saying = [slot for slot in self.slots if slot.is_saying]
            reading = next((slot for slot in self.slots if slot.is_reading), None)
            if reading is not None:  # its own first token is told before it has a second
                self._read(reading)
            if saying:
                self._say(saying)
        except SamovarError as error:  # of a run that all of them shared
            for slot in self.slots:
                if slot.text is not None:
                    slot.text.fail(error)
                slot.tokens, slot.kept = [], 0
        self._release()

    def _admit(self) -> None:
        """Waiting texts go where most of their prompt lies already."""
        while self._waiting and (free := [slot for slot in self.slots if slot.text is None]):
            text = self._waiting.pop(0)
            shared = [shared_beginning(slot.tokens[: slot.kept], text.prompt) for slot in free]
            best = shared.index(max(shared))
            slot, most = free[best], min(shared[best], len(text.prompt) - 1)
            slot.kept = text.read = most - most % self._block
            slot.text, slot.tokens = text, slot.tokens[: slot.kept]

    def _read(self, slot: Slot) -> None:
        text = slot.text
        if text is None:
            return
        part = text.prompt[len(slot.tokens) : len(slot.tokens) + self._block]
        slot.tokens += part
        if len(part) == self._block:
            slot.kept = len(slot.tokens)
        scores = self._decoder.say(
            np.array([part], np.int64), slot.number, np.array([len(slot.tokens)])
        )
        if len(slot.tokens) == len(text.prompt):
            text.add(scores[0])

    def _say(self, saying: Sequence[Slot]) -> None:
        """One run over the rows from the first to the last that say something.

        Rows between that say nothing get a token behind their own, where nothing lies yet.
        """
        first, last = saying[0].number, saying[-1].number
        rows = self.slots[first : last + 1]
        room = self._decoder.cache.length
        for slot in rows:
            if slot in saying and slot.text is not None:
                slot.tokens.append(slot.text.tokens[-1])
            else:
                slot.tokens = slot.tokens[: room - 1]
        tokens = np.array([[slot.tokens[-1] if slot in saying else 0] for slot in rows], np.int64)
        lengths = np.array([len(slot.tokens) + (slot not in saying) for slot in rows])
        scores = self._decoder.say(tokens, first, lengths)
        for slot, row in zip(rows, scores, strict=True):
            if slot in saying and slot.text is not None:
                slot.text.add(row)

    def _release(self) -> None:
        room = self._decoder.cache.length
        for slot in self.slots:
            if slot.is_saying and slot.text is not None and len(slot.tokens) >= room:
                slot.text.finish("length")
            if slot.text is not None and slot.text.is_done:
                slot.text = None

    def _let_go(self) -> None:
        """Texts that were left free their rows, and wait for none."""
        left, self._left = self._left, []
        for text in left:
            text.finish("cancelled")
        self._waiting = [text for text in self._waiting if text not in left]
        self._release()
