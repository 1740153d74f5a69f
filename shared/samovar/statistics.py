"""What a process has done with a model, in the counts of the protocol's statistics extension."""

import re
from math import sqrt

from samovar.profile import Profile
from samovar.values import dataclass, field

_ENOUGH = 8  # requests, before any is foretold
_ALIKE = 0.01  # of what sizes vary by, below which their two kinds cannot be told apart
_DOUBT = 5.0  # standard errors by which the slope may be wrong


@dataclass(slots=True)
class Trend:
    """How the time of requests grows with their size: a line through those that were seen.

    What it foretells is meant to keep a call from running out of time, and a call that it
    calls slow wrongly is a nuisance. So nothing is foretold until enough is seen, and the
    line is no steeper than what was seen proves: among requests of one size, or whose times
    have nothing to do with it, it is flat.
    """

    count: int = 0
    _kb: float = 0.0  # sums
    _ms: float = 0.0
    _kb_kb: float = 0.0
    _kb_ms: float = 0.0
    _ms_ms: float = 0.0

    def add(self, size: int, duration_ns: int) -> None:
        """One request of so many bytes."""
        kb, ms = size / 1024, duration_ns / 1e6
        self.count += 1
        self._kb += kb
        self._ms += ms
        self._kb_kb += kb * kb
        self._kb_ms += kb * ms
        self._ms_ms += ms * ms

    def expected_ms(self, size: int) -> float:
        """The time of a request of so many bytes, milliseconds; 0 while too few were seen."""
        if self.count < _ENOUGH:
            return 0.0
        mean_kb, mean_ms = self._kb / self.count, self._ms / self.count
        return max(mean_ms + self._slope() * (size / 1024 - mean_kb), 0.0)

    def profile(self) -> Profile:
        """The line itself, as a manifest says it; zeros while too few were seen."""
        if self.count < _ENOUGH:
            return Profile()
        slope = self._slope()
        return Profile(max(self._ms - slope * self._kb, 0.0) / self.count, slope)

    def _slope(self) -> float:
        """The least that a KB costs, milliseconds: the fitted slope less its doubt, not below 0."""
        n = self.count
        spread = self._kb_kb - self._kb * self._kb / n
        if spread <= 1e-6:  # all of one size
            return 0.0
        together = self._kb_ms - self._kb * self._ms / n
        left = max(self._ms_ms - self._ms * self._ms / n - together * together / spread, 0.0)
        return max(together / spread - _DOUBT * sqrt(left / (n - 2) / spread), 0.0)


@dataclass(slots=True)
class TokenTrend:
    """How the time of generations grows with the tokens that they read and say.

    A plane through the origin, by least squares. As for bytes, nothing is foretold until
    enough is seen, nor where what was seen cannot tell the two kinds of tokens apart.
    """

    count: int = 0
    _read_read: float = 0.0  # sums
    _read_said: float = 0.0
    _said_said: float = 0.0
    _read_ms: float = 0.0
    _said_ms: float = 0.0

    def add(self, read: int, said: int, duration_ns: int) -> None:
        """One generation: the tokens of its prompt, those that it said, and its time."""
        ms = duration_ns / 1e6
        self.count += 1
        self._read_read += read * read
        self._read_said += read * said
        self._said_said += said * said
        self._read_ms += read * ms
        self._said_ms += said * ms

    def profile(self) -> Profile:
        """The milliseconds of a token read, and of one said; zeros while nobody can tell."""
        whole = self._read_read * self._said_said
        apart = whole - self._read_said**2
        if self.count < _ENOUGH or apart <= _ALIKE * whole:
            return Profile()
        read = (self._read_ms * self._said_said - self._said_ms * self._read_said) / apart
        said = (self._said_ms * self._read_read - self._read_ms * self._read_said) / apart
        if read < 0 or said < 0:  # noise: all of the time is that of the other
            read, said = (0.0, self._said_ms / self._said_said) if read < 0 else (read, 0.0)
        return Profile(prefill_ms=read, decode_ms=said)


@dataclass(slots=True)
class ModelStatistics:
    """Requests answered and refused, with the nanoseconds they took; lives with the process."""

    success_count: int = 0
    success_ns: int = 0
    fail_count: int = 0
    fail_ns: int = 0
    last_inference_ms: int = 0
    trend: Trend = field(default_factory=Trend)
    tokens: TokenTrend = field(default_factory=TokenTrend)

    def succeeded(self, duration_ns: int, now_ns: int, size: int | None = None) -> None:
        """One request answered, at a wall time; its bytes, where it ran by itself."""
        self.success_count += 1
        self.success_ns += duration_ns
        self.last_inference_ms = now_ns // 1_000_000
        if size is not None:
            self.trend.add(size, duration_ns)

    def failed(self, duration_ns: int) -> None:
        """One request refused."""
        self.fail_count += 1
        self.fail_ns += duration_ns


_USAGE = re.compile(rb'"prompt_tokens":(\d+),"completion_tokens":(\d+)')


def count_tokens(statistics: ModelStatistics, body: bytes, duration_ns: int) -> None:
    """Take a generation into account by the usage that its answer, or its last piece, tells."""
    told = _USAGE.findall(body)
    if len(told) == 1:  # several texts of one request grew together
        read, said = map(int, told[0])
        statistics.tokens.add(read, said, duration_ns)
