"""Jobs go through the real cupsd, agent, server and printers, and each of those is killed (kill -9) at random moments.

    make soak JOBS=300 KILLS=60 SEED=7

Ends with 0 when every job has one definite end, nothing was lost and nothing printed twice (see ``verdict.py``). The seed
decides documents, queues, victims and pauses; what the machine does in between, it does not decide.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import shutil
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from presswork.agent.spool.job import Phase
from presswork.core.logging import configure_logging
from presswork.testing.pdf import make_pdf
from presswork.testing.timing import MS, eventually
from soak import evidence
from soak.verdict import Document, Evidence, Kill, Verdict, judge, wrong_at_the_server
from soak.world import ACCOUNTS, BACKENDS, DIRECT, HELD, QUICK, RAW, SINK, SLOW, World, unique_folder, world

_STRIKES = (
    *[("agent",)] * 5,
    *[("server",)] * 2,
    *[("cupsd",)] * 2,
    (BACKENDS,),
    ("cupsd", BACKENDS),
    (QUICK,),
    (SLOW,),
    (SINK,),
    ("agent", "cupsd"),
    ("agent", "server"),
    ("agent", QUICK),
    ("agent", SLOW),
    ("agent", "server", "cupsd", BACKENDS),
)
"""Drawn from: who is killed in one strike."""
_LARGE = 0.05
"""Of the documents are megabytes; the others are a few hundred octets."""
_COPIES = 0.1
_DELETED = 0.1
"""Of the jobs a person deletes, wherever they stand."""
_STUCK = 30_000 * MS
"""Seconds without any change after which the printers are switched off and on, as a person would; next time cupsd, too."""
_PATIENCE = 300_000 * MS
"""Seconds for everything to come to its end once nothing is killed any more."""
_SWITCHED_ON = 3.0
"""Seconds a device needs at least from off to on; one that is there again at once, and numbers its jobs anew, there is none."""
_JUST_TAKEN = 1.0
"""Seconds within which cupsd may not have written down what it told lp that it has."""


@dataclass
class Run:
    """One run, and its diary."""

    world: World
    dice: random.Random
    jobs: int
    kills_wanted: int
    documents: dict[str, Document] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    kills: list[Kill] = field(default_factory=list)
    strikes: int = 0
    forgotten_by_cupsd: set[str] = field(default_factory=set)
    to_delete: set[str] = field(default_factory=set)
    to_keep: set[str] = field(default_factory=set)
    nudges: int = 0

    async def everything(self) -> None:
        """Until all is over."""
        async with asyncio.TaskGroup() as tasks:
            person = tasks.create_task(self.be_a_person())
            killing = tasks.create_task(self.kill())
            await self.submit()
            await killing
            await self.settle()
            person.cancel()

    async def submit(self) -> None:
        """Print from an application, again when lp says that it could not."""
        for number in range(self.jobs):
            queue = self.dice.choice((HELD, HELD, DIRECT, RAW))
            pages = self.dice.choice((1, 1, 2, 3))
            copies = 2 if queue != RAW and self.dice.random() < _COPIES else 1
            account = self.dice.choice(ACCOUNTS)
            large = self.dice.randbytes(1_000_000).hex() if self.dice.random() < _LARGE else ""
            for attempt in range(100):
                name = f"Document {number:05}-{attempt:02}"
                document = make_pdf(pages, text=f"{name} {large}" if large else name)
                if await self.lp(name, queue, copies, account, document):
                    self.documents[name] = Document(name, queue, pages, copies, time.time())
                    break
                self.refused.add(name)
                await asyncio.sleep(500 * MS)
            else:
                raise AssertionError(f"lp never took {name}")
            await self.kills_are(number * self.kills_wanted // self.jobs)

    async def lp(self, name: str, queue: str, copies: int, account: str, document: bytes) -> bool:
        """Whether it says that it has it."""
        file = self.world.documents / f"{name}.pdf"
        file.write_bytes(document)
        options = ("-d", queue, "-t", name, *(("-n", str(copies)) if copies > 1 else ()))
        try:
            status, _ = await self.world.site.cupsd.run("lp", *options, str(file), account=account)
        except TimeoutError:
            return False
        finally:
            file.unlink()
        return status == 0

    async def kills_are(self, count: int) -> None:
        """Some documents, then a kill, and so on."""
        await eventually(lambda: len(self.kills) >= count, deadline=120_000 * MS)

    async def be_a_person(self) -> None:
        """Press *Print* for whatever waits, again until it is on its way; and for some press *Delete*."""
        while True:
            with suppress(httpx2.HTTPError):
                for job in self.world.site.jobs_in_files():
                    if job.phase is Phase.ENDED or job.phase is Phase.INCOMING:
                        continue
                    if self.is_to_be_deleted(job.id):
                        await self.press(f"/jobs/{job.id}/delete")
                    elif job.phase is Phase.HELD:
                        printer = self.world.site.printers[self.dice.choice((QUICK, SLOW, SINK))]
                        await self.press(f"/jobs/{job.id}/release", printer_id=str(printer))
            await asyncio.sleep(200 * MS)

    def is_to_be_deleted(self, job_id: str) -> bool:
        """Decided once for each job."""
        if job_id not in self.to_delete | self.to_keep:
            (self.to_delete if self.dice.random() < _DELETED else self.to_keep).add(job_id)
        return job_id in self.to_delete

    async def press(self, path: str, **values: str) -> None:
        """A button of a page."""
        page = await self.world.site.page("/")
        if token := re.search(r'name="form_token" value="([^"]+)"', page):
            await self.world.site.person.post(path, data=values | {"form_token": token[1]})

    async def kill(self) -> None:
        """One strike after the other, while documents come."""
        while len(self.kills) < self.kills_wanted:
            await asyncio.sleep(self.dice.uniform(0.0, 1.5))
            await self.strike(self.dice.choice(_STRIKES), self.dice.choice((0.0, 0.2, 1.5)))

    async def strike(self, names: tuple[str, ...], pause: float) -> None:
        """Kill them at once; after ``pause`` seconds they run again."""
        victims = [self.world.victims[name] for name in names]
        began = time.time()
        await asyncio.gather(*(victim.kill() for victim in victims))
        if "cupsd" in names:
            self.see_what_cupsd_forgot(began)
        await asyncio.sleep(max(pause, _SWITCHED_ON) if {QUICK, SLOW} & {*names} else pause)
        await asyncio.gather(*(victim.start() for victim in victims))
        self.kills += [Kill(name, began, time.time()) for name in names]

    def see_what_cupsd_forgot(self, killed_at: float) -> None:
        """cupsd writes a job down shortly after it told lp that it has it: what is lost in between is its own loss."""
        kept = evidence.in_control_files(self.world)
        known = {job.name for job in self.world.site.jobs_in_files()}
        self.forgotten_by_cupsd |= {
            document.name
            for document in self.documents.values()
            if document.taken_at >= killed_at - _JUST_TAKEN
            and document.name not in known
            and document.name.encode() not in kept
        }

    async def settle(self) -> None:
        """Until every job has ended and cupsd has nothing of them."""
        changed_at, before = time.monotonic(), None
        async with asyncio.timeout(_PATIENCE):
            while not self.is_over():
                now = [(job.id, job.phase, len(job.timeline)) for job in self.world.site.jobs_in_files()]
                if now != before:
                    changed_at, before = time.monotonic(), now
                if time.monotonic() - changed_at > _STUCK:
                    _, said = await self.world.site.cupsd.run("lpstat", "-t")
                    print(f"nothing moves; cupsd says:\n{said}", file=sys.stderr)
                    # at the second time cupsd, too: docs/explanation/cupsd.md, "Not covered"
                    await self.strike((QUICK, SLOW, "cupsd") if self.nudges else (QUICK, SLOW), 0)
                    self.nudges += 1
                    changed_at = time.monotonic()
                await asyncio.sleep(200 * MS)

    def is_over(self) -> bool:
        """Whether all that lp promised is here and has its end."""
        jobs = self.world.site.jobs_in_files()
        promised = self.documents.keys() - self.forgotten_by_cupsd
        return (
            promised <= {job.name for job in jobs}
            and all(job.phase is Phase.ENDED for job in jobs)
            and not evidence.plain(self.world)
        )

    async def evidence(self) -> Evidence:
        """What is found, once the server had time to hear of it."""
        deadline = time.monotonic() + 120_000 * MS
        while True:
            found = self.found()
            if not [*wrong_at_the_server(found)] or time.monotonic() > deadline:
                return found
            await asyncio.sleep(200 * MS)

    def found(self) -> Evidence:
        """What is found now."""
        known, accounted = evidence.at_the_server(self.world)
        return Evidence(
            documents=self.documents,
            kills=self.kills,
            jobs=self.world.site.jobs_in_files(),
            came_out=evidence.came_out(self.world),
            known=known,
            accounted=accounted,
            refused=frozenset(self.refused),
            forgotten_by_cupsd=frozenset(self.forgotten_by_cupsd),
            to_delete=frozenset(self.to_delete),
            connections=evidence.connections(self.world),
            sealed=evidence.sealed(self.world),
            plain=evidence.plain(self.world),
            tracebacks=evidence.tracebacks(self.world.site.directory),
            nudges=self.nudges,
        )

    def keep(self, directory: Path) -> None:
        """What of cupsd goes with it, and the diary, for whoever wants to know how something came about."""
        for part in ("spool", "log"):
            shutil.copytree(self.world.site.cupsd.directory / part, directory / "cupsd" / part, dirs_exist_ok=True)
        with (directory / "diary").open("w") as diary:
            for document in self.documents.values():
                print(document, file=diary)
            for kill in self.kills:
                print(kill, file=diary)
            print("lp refused", sorted(self.refused), "cupsd forgot", sorted(self.forgotten_by_cupsd), file=diary)


async def run(directory: Path, jobs: int, kills: int, seed: int) -> Verdict:
    """One run in ``directory``."""
    async with world(directory) as here:
        one = Run(here, random.Random(seed), jobs, kills)
        try:
            await one.everything()
        except BaseExceptionGroup as group:
            if group.subgroup(TimeoutError) is None:
                raise
        finally:
            one.keep(directory)
        await asyncio.sleep(1)  # whatever came out in the last moment
        return judge(await one.evidence())


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=0, help="default: one for five jobs")
    parser.add_argument("--seed", type=int, default=0, help="default: another each time")
    wish = parser.parse_args()
    seed = wish.seed or random.SystemRandom().randrange(1, 1 << 31)
    print(f"seed {seed}", flush=True)
    configure_logging()
    directory = unique_folder()
    verdict = asyncio.run(run(directory, wish.jobs, wish.kills or max(1, wish.jobs // 5), seed))
    print(verdict.report())
    if verdict.violations:
        print(f"The folder of the run is kept: {directory}")
        return 1
    shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
