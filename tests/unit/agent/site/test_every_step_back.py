"""A hand-over is undone while the site node is silent, and broken off at each step, at both computers at once.

However it goes, the next start brings the job to one computer, whole, under the highest number, and never to two: where the server
had heard of it from the site node it stays there, else it is the laptop's, and the other copy is destroyed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from presswork.testing.stepping import STRIDE, Mode, driver
from presswork.testing.timing import MS

DRIVER = Path(__file__).with_name("back_stepping.py")
EVERY = 5 * STRIDE - 4
"""Each attempt opens four spools: by default every eleventh step is tried, all with PRESSWORK_STRIDE=1."""
MOST_STEPS = 2000


@pytest.mark.timeout(int(600_000 * MS))
@pytest.mark.parametrize(
    ("mode", "heard", "silent"),
    [("killed", False, False), ("killed", False, True), ("killed", True, True), ("failed", False, False)],
)
async def test_there_is_one_holder(tmp_path: Path, mode: Mode, heard: bool, silent: bool) -> None:
    seen = set()
    async with driver(DRIVER) as program:
        for step in range(1, MOST_STEPS, EVERY):
            story = await program.attempt(tmp_path / str(step), mode=mode, step=step, heard=heard, silent=silent)
            assert not story["mistake"], story
            where = f"{mode} at step {step}: {story}"
            seen.add((story["found"], story["asked"]))
            assert story["here"] + story["there"] == 1, where
            assert story["here"] == bool(story["undone"]), where
            assert not (heard and story["undone"]), where
            assert max(story["fences"]) == story["fences"][0 if story["here"] else -1], where
            assert story["whole"], where
            if story["survived"]:
                break
    assert story["survived"]
    # Where the server answers at once there is one step between the two, and not each run has it at the same place.
    met = {("held", False), ("moving", False)} if heard else {("held", False), ("moving", False), ("moving", True)}
    assert STRIDE > 1 or met <= seen
