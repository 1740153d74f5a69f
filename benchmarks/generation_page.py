"""What `benchmarks.generation` found, as a page: what was promised first."""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

from benchmarks.generation_promises import OURS, Found, middle, paired, promises
from benchmarks.interleave import spread

_HOW = (
    "In turns, each in a process of its own. onnxruntime-genai runs the very graph; transformers "
    "runs the published weights unpacked, by a forward a token. Medians, and in brackets the first "
    "and the ninth decile of the rounds; ratios are those of each round, and their median."
)


def page(found: Found) -> str:
    """A page in Markdown, of the parts that were measured."""
    versions = found.get("speed", {}).get("versions", {})
    told = {**found["machine"], **versions, "threads": 2, "load before": found["load_before"]}
    said = " · ".join(f"{key}: {value}" for key, value in told.items())
    head = [
        "# Generated text",
        "",
        said,
        "",
        f"`python -m benchmarks.generation`. {found['model']}. {_HOW}",
        "",
    ]
    if note := found.get("note"):
        head += [str(note), ""]
    parts = [part for name, part in _PARTS.items() if name in found]
    return "\n".join([*head, *promises(found), *(line for part in parts for line in part(found))])


def _speed(found: Found) -> Iterator[str]:
    yield "## One text\n"
    yield "| | prompt | first token | tokens a second | the same text | rounds |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, rows in found["speed"]["rows"].items():
        way, _, prompt = name.rpartition(", ")
        firsts, rates = ([row[key] for row in rows] for key in ("first_s", "rate"))
        first = _told([1000 * value for value in firsts], "{:,.0f}")
        same = "" if way.startswith("transformers") else f"{sum(row['same'] for row in rows):.0f}"
        told = f"{first} ms | {_told(rates, '{:.1f}')} | {same} | {len(rows)}"
        yield f"| {way} | {prompt} | {told} |"
    yield ""


def _told(values: Sequence[float], form: str) -> str:
    low, high = (form.format(value) for value in spread(values))
    return f"{form.format(statistics.median(values))} ({low}–{high})"


def _streams(found: Found) -> Iterator[str]:
    yield "## Several texts at once\n"
    yield (
        "Prompts of 32 tokens. Tokens a second of all texts together: once all have begun, and "
        "from the first prompt to the last token. onnxruntime-genai's are one batch, of fixed "
        "texts that begin together.\n"
    )
    yield "| | texts | tokens a second | × one's | with the prompts | × one's |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, rows in found["streams"].items():
        way, _, count = name.rpartition(", ")
        one = found["streams"][f"{way}, 1"]
        rate = _told([row["rate"] for row in rows], "{:.0f}")
        whole = [{"rate": _whole_rate(row, int(count))} for row in rows]
        alone = [{"rate": _whole_rate(row, 1)} for row in one]
        times = f"{paired(rows, one, 'rate'):.2f} | {middle(whole, 'rate'):.0f}"
        yield f"| {way} | {count} | {rate} | {times} | {paired(whole, alone, 'rate'):.2f} |"
    yield ""


def _whole_rate(row: Found, texts: int) -> float:
    return float((row["rest"] + texts) / row["whole_s"])


def _roofline(found: Found) -> Iterator[str]:
    told = found["roofline"]
    weights, cached, speed = (told[key] for key in ("weights", "cached", "bandwidth"))
    yield "### What bounds it\n"
    yield (
        f"A step reads {weights / 1e6:.0f} MB of weights, however many texts it serves, and "
        f"{cached / 1e3:.0f} KB of keys and values for each token that a text has; two threads "
        f"read {speed / 1e9:.1f} GB of memory a second. So one text has {speed / weights:.0f} "
        "tokens a second at most. Several share what is read, until the products take longer: "
    )
    yield from _products(found)
    yield ""


def _products(found: Found) -> Iterator[str]:
    if "speed" not in found:
        return
    row = found["speed"]["rows"][f"{OURS}, 256"]
    yield (
        f"a prompt of 256 tokens, which shares them among 64, is read at "
        f"{256 / middle(row, 'first_s'):.0f} tokens a second, and nothing says them faster.\n"
    )


def _memory(found: Found) -> Iterator[str]:
    yield "## Memory\n"
    yield "The most (PSS) of a process alone, from its start over a prompt of 1,024 tokens.\n"
    yield "| | MB |"
    yield "|---|---:|"
    yield from (f"| {name} | {value:,.0f} |" for name, value in found["memory"].items())
    yield ""


def _overhead(found: Found) -> Iterator[str]:
    yield "## What a token costs besides the graph\n"
    yield (
        "CPU time of the program over a graph that takes none, less that of a bare loop of runs "
        f"that takes the likeliest token ({found['overhead']['bare loop']:.0f} µs a token).\n"
    )
    yield "| | µs a token |"
    yield "|---|---:|"
    rows = found["overhead"].items()
    yield from (f"| {name} | {value:,.0f} |" for name, value in rows if name != "bare loop")
    yield ""


def _cold(found: Found) -> Iterator[str]:
    yield "## Process start to first token\n"
    cold = found["cold"]
    if "wall_s" not in cold:
        yield f"{cold['missing']}\n"
        return
    yield "The function runs under AWS's runtime client; the script is given the prompt's tokens.\n"
    yield "| | ms |"
    yield "|---|---:|"
    for name, values in cold["wall_s"].items():
        yield f"| {name} | {_told([1000 * value for value in values], '{:,.0f}')} |"
    phases = (f"| – {name} | {1000 * value:,.0f} |" for name, value in cold["phases"].items())
    yield from phases
    yield ""


_PARTS: Mapping[str, Callable[[Found], Iterator[str]]] = {
    "speed": _speed,
    "streams": _streams,
    "roofline": _roofline,
    "memory": _memory,
    "overhead": _overhead,
    "cold": _cold,
}
