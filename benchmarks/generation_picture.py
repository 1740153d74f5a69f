"""What `benchmarks.generation` found, as a picture: speed, first tokens, texts at once, memory."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samovar_cli.plots import COLOURS, MUTED, draw, plain_ticks, save

from benchmarks.generation_promises import OURS, middle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Found = Mapping[str, Any]
_PROMPTS = (32, 256, 1024)


def draw_picture(found: Found, path: Path) -> None:
    """Write it, by the suffix of `path`."""

    def draws(figure: "Figure") -> None:
        (rates, firsts), (texts, memory) = figure.subplots(2, 2)
        _bars(rates, found, "rate", "Tokens a second, by the tokens of the prompt", 1)
        _bars(firsts, found, "first_s", "Milliseconds to the first token, likewise", 1000)
        firsts.set_yscale("log")
        plain_ticks(firsts.yaxis, "{:,g}")
        _texts(texts, found)
        _memory(memory, found["memory"])
        handles, names = rates.get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=3)

    save(draw(draws, (8.4, 6.2)), path)


def _ways(found: Found) -> list[str]:
    return list(dict.fromkeys(name.rpartition(", ")[0] for name in found["speed"]["rows"]))


def _bars(axes: "Axes", found: Found, key: str, title: str, times: float) -> None:
    ways = _ways(found)
    width = 0.8 / len(ways)
    for at, way in enumerate(ways):
        values = [
            times * middle(found["speed"]["rows"][f"{way}, {prompt}"], key) for prompt in _PROMPTS
        ]
        places = [place + at * width for place in range(len(_PROMPTS))]
        axes.bar(places, values, width, color=COLOURS[at], label=way)
    centre = width * (len(ways) - 1) / 2
    axes.set_xticks([place + centre for place in range(len(_PROMPTS))], map(str, _PROMPTS))
    axes.set_title(title)


def _texts(axes: "Axes", found: Found) -> None:
    ways = _ways(found)
    streams: Mapping[str, Sequence[Found]] = found["streams"]
    for way in dict.fromkeys(name.rpartition(", ")[0] for name in streams):
        counts = [int(name.rpartition(", ")[2]) for name in streams if name.startswith(f"{way},")]
        rates = [middle(streams[f"{way}, {count}"], "rate") for count in counts]
        axes.plot(counts, rates, marker="o", color=COLOURS[ways.index(way)])
    _roofs(axes, found)
    axes.set_title("Tokens a second of several texts at once")
    axes.set_xlabel("texts; dashed: memory's bound, dotted: the products'")
    axes.set_xticks([1, 2, 4, 8])
    axes.set_ylim(bottom=0)


def _roofs(axes: "Axes", found: Found) -> None:
    roof = found["roofline"]["bandwidth"] / found["roofline"]["weights"]
    products = 256 / middle(found["speed"]["rows"][f"{OURS}, 256"], "first_s")
    most = 1.1 * products
    last = min(8.0, most / roof)
    axes.plot([1, last], [roof, roof * last], linestyle="--", color=MUTED, linewidth=1)
    axes.axhline(products, linestyle=":", color=MUTED, linewidth=1)


def _memory(axes: "Axes", memory: Mapping[str, float]) -> None:
    names = list(memory)
    axes.barh(names, list(memory.values()), color=[COLOURS[at] for at in range(len(names))])
    axes.invert_yaxis()
    axes.set_title("Peak memory (PSS), MB")
