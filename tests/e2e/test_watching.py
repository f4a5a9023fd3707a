"""A printer is watched with everything real: the server chooses the computer, its agent asks by IPP and SNMP, the page tells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen
from presswork.testing.site import site

pytestmark = pytest.mark.timeout(180)


async def test_what_a_printer_wants_stands_on_its_page(tmp_path: Path) -> None:
    async with simulate("Kitchen", Listen(snmp_port=0)) as printer:
        await printer.switch(paper_out=True)
        async with site(tmp_path, printers={"Kitchen": printer.uri}) as here:
            settings = dict.fromkeys(
                ("community", "user", "auth", "auth_password", "priv", "priv_password", "context"), ""
            )
            await here.submit("/printers/snmp", version="2c", port=str(printer.listen.snmp_port), **settings)
            listed = await here.page_with("/printers", "out of paper", deadline=60)
            path = re.search(r"/printers/[0-9a-f-]{36}", listed)
            assert path is not None
            page = await here.page_with(path[0], "IPP and SNMP", deadline=60)
            for words in ("Needs a hand", "Magenta toner", "9 %", "some left", "not known", "0 sides"):
                assert words in page
            await printer.switch(paper_out=False)
            await here.page_with("/printers", "Ready", deadline=60)
