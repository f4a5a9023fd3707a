from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from presswork.protocols.discovery.budgets import SOURCES, Budget, Budgets


@given(st.lists(st.floats(0, 1), max_size=300))
def test_never_more_than_the_burst_and_the_rate_allow(pauses: list[float]) -> None:
    budget, now, taken = Budget(5, 10), 0.0, 0
    for pause in pauses:
        now += pause
        taken += budget.take(now)
    assert taken <= 10 + 5 * now + 1e-6


def test_it_comes_back() -> None:
    budget = Budget(2, 1)
    assert budget.take(0)
    assert not budget.take(0.4)
    assert budget.take(0.6)


def test_one_source_gets_its_share_and_leaves_the_rest_to_others() -> None:
    budgets = Budgets(8, 40, share=0.25)
    assert sum(budgets.take("loud", 0) for _ in range(100)) == 10
    assert sum(budgets.take("other", 0) for _ in range(100)) == 10


def test_many_sources_together_get_what_there_is_for_all() -> None:
    budgets = Budgets(8, 40)
    assert sum(budgets.take(source, 0) for source in range(1000)) == 40


def test_the_memory_of_sources_is_bounded() -> None:
    budgets = Budgets(10, 10)
    for source in range(SOURCES * 2):
        budgets.take(source, float(source))
    assert len(budgets._sources) <= SOURCES
