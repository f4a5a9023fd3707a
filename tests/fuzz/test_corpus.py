"""What fuzzing found worth keeping, once more: no input of a corpus breaks a property any more."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from fuzz import fuzz_control, fuzz_discovery, fuzz_ipp, fuzz_relay, fuzz_sealed, fuzz_tunnel

CORPUS = Path(__file__).parent / "corpus"
TARGETS = [fuzz_control, fuzz_discovery, fuzz_ipp, fuzz_relay, fuzz_sealed, fuzz_tunnel]


ALL = sorted(path.stem for path in Path(__file__).parent.glob("fuzz_*.py"))


@pytest.mark.parametrize("name", ALL)
def test_every_target_can_be_run(name: str) -> None:
    target = importlib.import_module(f"fuzz.{name}")
    assert callable(target.check)
    assert callable(target.mutate)
    assert target.seeds()
    assert all(target.WORDS)
    assert target.LONGEST > 0


def _corpus(target: ModuleType) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / target.__name__.removeprefix("fuzz.fuzz_")).iterdir())]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_the_corpus_breaks_nothing(target: ModuleType) -> None:
    corpus = _corpus(target)
    assert len(corpus) > 50
    for data in corpus:
        target.check(data)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_the_seeds_are_good_ones(target: ModuleType) -> None:
    for data in target.seeds().values():
        target.check(data)
        for seed in range(3):
            target.check(target.mutate(data, target.LONGEST, seed, lambda octets, _size: octets[::-1]))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_a_corpus_stays_small(target: ModuleType) -> None:
    assert sum(map(len, _corpus(target))) < 1_000_000
