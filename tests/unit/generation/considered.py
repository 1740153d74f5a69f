"""What may be said and how likely it is, by sorting all there is: what is drawn is held to it."""

import numpy as np


def considered(scores, sampling):
    """The tokens that may be said, likeliest first, and their chances.

    top-k first, then the temperature, then top-p and min-p of what that leaves; the chances
    have a sum of 1.
    """
    count = min(sampling.top_k or len(scores), len(scores))
    tokens = np.argsort(-scores, kind="stable")[:count]
    wide = scores[tokens].astype(np.float64) / sampling.temperature
    chances = np.exp(wide - wide[0])
    chances /= chances.sum()
    before = np.cumsum(chances) - chances
    # The likeliest one stays whatever is asked.
    kept = (before < sampling.top_p) & (chances >= sampling.min_p * chances[0]) & (chances > 0)
    kept[0] = True
    left = chances[kept]
    return tokens[kept], left / left.sum()
