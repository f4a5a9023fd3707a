"""The main job with everything real: lp, cupsd, the agent, the server, its pages, ippeveprinter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from presswork.documents.inspect import count_pages
from presswork.testing.pdf import make_pdf
from presswork.testing.peers import ippeveprinter
from presswork.testing.site import Site, site

pytestmark = pytest.mark.timeout(180)


def plain_documents(here: Site) -> list[str]:
    """Documents in cupsd's spool, which are not sealed."""
    return [path.name for path in here.cupsd.spool.iterdir() if re.match(r"d\d", path.name)]


async def test_a_document_waits_sealed_and_comes_out_where_its_owner_says(tmp_path: Path) -> None:
    secret = "Confidential 4711"
    async with ippeveprinter(tmp_path) as printer, site(tmp_path, printers={"Kitchen": printer.uri}) as here:
        await here.lp(make_pdf(3, text=secret), "-t", "A letter", "-n", "2", "-o", "sides=two-sided-long-edge")
        view = await here.job(lambda view: view["job"]["state"] == "pending-held" and view["job"]["document_kept"])
        job = view["job"]
        assert (job["name"], job["copies"], job["sides"]) == ("A letter", 2, "two-sided-long-edge")
        assert printer.printed_now() == []
        for file in (here.directory / "agent" / "spool").rglob("*"):
            assert not file.is_file() or secret.encode() not in file.read_bytes()

        page = await here.page_with("/", job["job_id"])
        assert "A letter" in page
        await here.release(job["job_id"], "Kitchen")

        (came_out,) = await printer.printed(1, timeout=30)
        assert (came_out.attributes["copies"], came_out.attributes["sides"]) == ("2", "two-sided-long-edge")
        assert await count_pages(came_out.document, "application/pdf") == 3
        view = await here.job(lambda view: view["job"]["outcome"] is not None)
        assert (view["job"]["outcome"], view["job"]["document_kept"]) == ("printed", False)
        await here.page_with(f"/jobs/{job['job_id']}", "Printed on Kitchen")
        assert plain_documents(here) == []
        assert len(printer.printed_now()) == 1


async def test_only_the_owner_of_an_account_prints_in_its_name(tmp_path: Path) -> None:
    async with ippeveprinter(tmp_path) as printer, site(tmp_path, printers={"Kitchen": printer.uri}) as here:
        status, said = await here.cupsd.run("lp", "-d", "office", "-U", "games", account="nobody", document=make_pdf(1))
        assert status != 0, said
        await here.lp(make_pdf(1), "-t", "Of nobody", account="nobody")
        await here.lp(make_pdf(1), "-t", "Of root")
        view = await here.job(lambda view: view["job"]["name"] == "Of root")
        assert [one["job"]["name"] for one in await here.jobs()] == ["Of root"]
        page = await here.page_with("/", view["job"]["job_id"])
        assert "Of nobody" not in page


async def test_a_direct_queue_prints_while_the_server_is_away_and_reports_later(tmp_path: Path) -> None:
    async with (
        ippeveprinter(tmp_path) as printer,
        site(tmp_path, printers={"Kitchen": printer.ipps_uri}, queues={"office": "Kitchen"}) as here,
    ):
        await here.server.kill()
        await here.lp(make_pdf(1), "-t", "In the dark")
        await printer.printed(1, timeout=30)
        view = await here.job(lambda view: view["job"]["outcome"] == "printed")
        await here.server.start()
        await here.page_with(f"/jobs/{view['job']['job_id']}", "Printed on Kitchen", deadline=90)
