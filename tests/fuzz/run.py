"""Runs a fuzz target: ``make fuzz F=ipp SECONDS=60``. Needs atheris, and CPython on Linux.

    python tests/fuzz/run.py ipp                 until told to stop; what is new goes to .state/fuzz/ipp
    python tests/fuzz/run.py ipp FILE            one input once more, such as .state/fuzz/ipp-crash-…
    python tests/fuzz/run.py ipp --keep          write tests/fuzz/corpus/ipp anew: the fewest inputs that reach as much

Options that begin with one hyphen are libFuzzer's, such as ``-max_total_time=60``.
"""

from __future__ import annotations

import importlib
import importlib.util
import shlex
import shutil
import sys
import zlib
from pathlib import Path
from types import ModuleType

import atheris

HERE = Path(__file__).resolve().parent
STATE = HERE.parents[1] / ".state" / "fuzz"
FEATURES = 1 << 14


def main() -> None:
    """Run until libFuzzer ends the program."""
    name, *options = sys.argv[1:]
    sys.path.insert(0, str(HERE.parent))
    if importlib.util.find_spec(f"fuzz.fuzz_{name}") is None:
        sys.exit(f"There is no fuzz target called {name}.")
    with atheris.instrument_imports(include=["presswork"]):
        target = importlib.import_module(f"fuzz.fuzz_{name}")
    corpus, found = HERE / "corpus" / name, STATE / name
    found.mkdir(parents=True, exist_ok=True)
    corpus.mkdir(parents=True, exist_ok=True)
    if "--keep" in options:
        options = _keep(corpus, found)
    elif not any(not option.startswith("-") or option.startswith("-merge") for option in options):
        options += [str(found), str(corpus)]
    if hasattr(target, "notice"):
        target.notice = _counting(coarse=any(option.startswith("-merge") for option in options))
    # libFuzzer starts itself again for a merge, by this line of the shell.
    again = shlex.join([sys.executable, str(Path(__file__).resolve()), name])
    atheris.Setup(
        [again, *_bounds(name, target), *options],
        target.check,
        custom_mutator=lambda data, size, seed: target.mutate(data, size, seed, atheris.Mutate),
    )
    atheris.Fuzz()


def _counting(*, coarse: bool) -> object:
    """What a target names becomes coverage. What it names with ``~`` leads the search only: no input is kept for it."""
    counters = [atheris._reserve_counter() for _ in range(FEATURES)]

    def notice(feature: str) -> None:
        if not (coarse and feature.startswith("~")):
            atheris._trace_branch(counters[zlib.crc32(feature.encode()) % FEATURES])

    return notice


def _keep(corpus: Path, found: Path) -> list[str]:
    """Options for a merge of the corpus and all that was found into a new corpus."""
    before = found / "before"
    before.mkdir(exist_ok=True)
    for path in corpus.iterdir():
        if path.name.startswith("found-"):
            continue  # what once broke something stays, whatever else reaches as much
        shutil.move(path, before / path.name)
    return ["-merge=1", "-use_counters=0", str(corpus), str(found)]


def _bounds(name: str, target: ModuleType) -> list[str]:
    words = STATE / f"{name}.dict"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.WORDS))
    artefacts = f"-artifact_prefix={STATE}/{name}-"
    return [f"-max_len={target.LONGEST}", "-timeout=10", "-rss_limit_mb=1024", f"-dict={words}", artefacts]


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{octet:02x}" for octet in word)


if __name__ == "__main__":
    main()
