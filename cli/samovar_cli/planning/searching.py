"""How the best candidate of each lane is found, without trying what cannot win."""

from collections.abc import Callable, Mapping

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.best_endpoint import best_endpoint
from samovar_cli.planning.best_function import best_function
from samovar_cli.planning.best_queue import best_queue
from samovar_cli.planning.judging import Slo, Tried
from samovar_cli.planning.work import ENDPOINT, FUNCTION, QUEUE, Work
from samovar_cli.simulate.prices import Prices

Search = Callable[[Work, Arrivals, Slo, Prices, float], Tried | None]
"""A lane's best candidate; None where all of them cost more than the last argument."""
SEARCHES: Mapping[str, Search] = {
    FUNCTION: best_function,
    QUEUE: best_queue,
    ENDPOINT: best_endpoint,
}
"""Lane → how its best candidate is found."""
