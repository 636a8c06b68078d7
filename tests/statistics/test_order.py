from itertools import permutations

import numpy as np
import pytest

from variance.statistics.order import trend_p_value


@pytest.mark.parametrize("scores", [[3, 1, 2, 4, 5], [1, 2, 3, 4, 5], [5, 4, 2, 3, 1]])
def test_p_value_is_that_of_all_orders(scores):
    def discordant(x):
        return sum(x[i] > x[j] for i in range(5) for j in range(i + 1, 5))

    counts = np.array([discordant(x) for x in permutations(range(5))])
    ours = discordant(scores)
    tail = min((counts <= ours).mean(), (counts >= ours).mean())

    assert trend_p_value(scores) == pytest.approx(min(1, 2 * tail))


def test_ties_count_against_a_trend():
    assert trend_p_value([0.9] * 20) == 1
    assert trend_p_value([1, 2, 2, 3, 4, 5]) > trend_p_value([1, 2, 2.5, 3, 4, 5])


def test_one_score_has_no_order():
    assert trend_p_value([0.5]) == 1
