"""Several documents in one job and what is asked of each (RFC 8011 §4.3.1, PWG 5100.5), by the reference client."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest

from presswork.simulator.serve import simulate
from presswork.testing import ipptool
from presswork.testing.intake import DIRECT, HOLD, ME, running_intake
from presswork.testing.pdf import make_pdf

pytestmark = pytest.mark.skipif(not ipptool.available(), reason="ipptool is not installed (cups-ipp-utils)")
_COMMON = """
    GROUP operation-attributes-tag
    ATTR charset attributes-charset utf-8
    ATTR naturalLanguage attributes-natural-language en
    ATTR uri printer-uri $uri
    {target}
    ATTR name requesting-user-name $user"""
_JOB = "ATTR integer job-id $job-id"


def step(operation: str, *lines: str, target: str = _JOB, status: str = "successful-ok") -> str:
    """One request of an ipptool file."""
    rest = "".join(f"\n    {line}" for line in lines)
    common = _COMMON.format(target=target)
    return f'{{\n    NAME "{operation}"\n    OPERATION {operation}{common}{rest}\n    STATUS {status}\n}}\n'


SCRIPT = "".join(
    (
        step("Create-Job", "GROUP job-attributes-tag", "ATTR keyword job-hold-until indefinite", target=""),
        step("Send-Document", 'ATTR name document-name "One"', "ATTR boolean last-document false", "FILE $filename"),
        step("Send-Document", "ATTR boolean last-document false", "FILE $filename"),
        step("Send-Document", "ATTR boolean last-document true", "FILE $filename"),
        step(
            "Get-Documents",
            "ATTR keyword requested-attributes all",
            "EXPECT document-number OF-TYPE integer IN-GROUP document-attributes-tag COUNT 1 WITH-VALUE >0,<4",
            "EXPECT document-state OF-TYPE enum IN-GROUP document-attributes-tag COUNT 1 WITH-VALUE 3",
            "EXPECT document-format OF-TYPE mimeMediaType IN-GROUP document-attributes-tag COUNT 1",
            "EXPECT last-document OF-TYPE boolean IN-GROUP document-attributes-tag COUNT 1",
        ),
        step("Cancel-Document", "ATTR integer document-number 2"),
        step(
            "Get-Document-Attributes",
            "ATTR integer document-number 2",
            "EXPECT document-state IN-GROUP document-attributes-tag WITH-VALUE 7",
        ),
        step(
            "Set-Document-Attributes",
            "ATTR integer document-number 3",
            "GROUP document-attributes-tag",
            'ATTR name document-name "Three"',
        ),
        step(
            "Get-Document-Attributes",
            "ATTR integer document-number 3",
            'EXPECT document-name IN-GROUP document-attributes-tag WITH-VALUE "Three"',
        ),
        step("Get-Document-Attributes", "ATTR integer document-number 4", status="client-error-not-found"),
        step("Get-Job-Attributes", "EXPECT number-of-documents OF-TYPE integer WITH-VALUE 3"),
        step("Cancel-Job"),
    )
)


async def run(directory: Path, uri: str) -> None:
    (directory / "documents.test").write_text(SCRIPT)
    (directory / "a.pdf").write_bytes(make_pdf())
    arguments = ["-V", "2.2", "-T", "30", "-t", "-f", "a.pdf", uri, "documents.test"]
    process = await asyncio.create_subprocess_exec("ipptool", *arguments, cwd=directory, stdin=DEVNULL, stdout=PIPE)
    output = (await process.communicate())[0].decode("utf-8", "replace")
    assert process.returncode == 0, output
    assert output.count("[PASS]") == SCRIPT.count("OPERATION "), output


async def test_the_simulated_printer_keeps_them_together(tmp_path: Path) -> None:
    async with simulate() as simulator:
        await run(tmp_path, simulator.uri)


@pytest.mark.parametrize("queue", [HOLD.name, DIRECT.name])
async def test_a_queue_keeps_them_together(tmp_path: Path, queue: str) -> None:
    async with running_intake(tmp_path) as running:
        await run(tmp_path, running.uri(queue).replace("127.0.0.1", f"{ME}@127.0.0.1"))
