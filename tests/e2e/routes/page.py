"""``docs/explanation/routes-situations.md``, written from the table.

python tests/e2e/routes/page.py     writes it
"""

from __future__ import annotations

from pathlib import Path

from e2e.routes.situations import SITUATIONS, Situation
from presswork.protocols.control.timeline import JobEvent

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "routes-situations.md"
_HEAD = """# The route of a job, situation by situation

What becomes of a job in each of these situations, and what its timeline says. Every row is shown with real programs on
hosts made of network namespaces (`tests/e2e/routes`): a server, agents at two sites and at a home behind NAT, printers in a
segment that nothing is routed to. This page is written from the table of those tests; a test compares them.

Two rows end *unknown*, and that is the honest end: the printer had the beginning of the document, and then got or took no more; what
it made of that, a printer that speaks RAW does not say. Sent again by itself it might come out twice, so its owner is asked to look. What
breaks or stalls is no played part: packets are dropped by rules of nftables on the hosts, connections are ended by the kernel (`ss -K`).
When the whole table is over, every printer is asked once more what came out: nothing twice, and nothing after an end.

*Why not* names the routes that were tried or thought of before, with the reason as `presswork route explain` says it.

| situation | what is wrong | route | end | why not others |
|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(_row(one) for one in SITUATIONS) + _not_shown()


def _row(one: Situation) -> str:
    why = [f"{kind}: {reason}" for kind, reason in one.why]
    why += [f"refused: {one.refusal}"] if one.refusal else []
    why += [f"says *{event}*" for event in one.says if event is not JobEvent.SENDING]
    mark = " (not shown)" if one.not_shown else ""
    return f"| {one.name.replace('_', ' ')}{mark} | {one.wrong} | {one.route or '–'} | {one.end} | {'; '.join(why) or '–'} |\n"


def _not_shown() -> str:
    rows = [one for one in SITUATIONS if one.not_shown]
    if not rows:
        return ""
    return "\n## Not shown\n\n" + "".join(f"- *{one.name.replace('_', ' ')}*: {one.not_shown}.\n" for one in rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
