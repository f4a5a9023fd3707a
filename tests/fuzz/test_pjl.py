"""RAW with PJL: the seeds and some mutations of them break nothing."""

from __future__ import annotations

import random

from fuzz import fuzz_pjl


def test_what_a_raw_port_takes_breaks_nothing() -> None:
    dice = random.Random(1)
    inputs = list(fuzz_pjl.seeds().values())
    for data in inputs:
        fuzz_pjl.check(data)
    for seed in range(600):
        data = dice.choice(inputs)
        mutated = fuzz_pjl.mutate(
            data, fuzz_pjl.LONGEST, seed, lambda octets, _: bytes(dice.choice(octets or b"x") for _ in octets)
        )
        fuzz_pjl.check(mutated)
        inputs.append(mutated)
