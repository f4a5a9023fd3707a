"""``make demo``: one document from an application to paper, on this computer, in a minute.

With ``--check`` nobody is needed: the document is released and the demo ends 0 only when its pages came out.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from browser import DemoFailed
from play import play, release_and_look, screen
from stage import stage


async def main(leaving: asyncio.Event, *, check: bool) -> None:
    """Play, and wait for Ctrl-C; or release, look and leave. What is to be cleaned up is cleaned up at the end."""
    async with stage() as scene, play(scene, say) as running:
        print(screen(running, scene.folder), flush=True)
        if check:
            say("releasing it")
            await release_and_look(scene, running)
            print("demo: two pages came out of the printer", flush=True)
        else:
            await asyncio.Event().wait()
        leaving.set()


def say(what: str) -> None:
    """Progress, for those who wait."""
    print(f"demo: {what} …", file=sys.stderr, flush=True)


async def until_told(*, check: bool) -> int:
    """Run ``main`` until it ends or a signal ends it; a signal while it cleans up changes nothing."""
    leaving = asyncio.Event()
    playing = asyncio.ensure_future(main(leaving, check=check))

    def stop() -> None:
        if not leaving.is_set():
            leaving.set()
            say("cleaning up")
            playing.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await playing
    except asyncio.CancelledError:
        return 1 if check else 0
    except DemoFailed as failure:
        print(f"demo: {failure}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(until_told(check="--check" in sys.argv[1:])))
