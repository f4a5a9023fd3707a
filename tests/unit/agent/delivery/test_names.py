"""Names that every device takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.agent.delivery.names import host_name, job_name, user_name
from presswork.protocols.lpd import ControlFile
from presswork.protocols.pjl import JobName


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ("anna", "anna"),
        ("EXAMPLE\\anna", "anna"),
        ("anna@example.org", "anna"),
        ("jürgen", "jurgen"),
        ("7eleven", "u7eleven"),
        ("", "nobody"),
        ("a b;c", "a_b_c"),
        ("漢字", "__"),
    ],
)
def test_users(account: str, name: str) -> None:
    assert user_name(account) == name


def test_jobs_and_hosts() -> None:
    assert job_name('  "Größe" \x1b%-12345X\r\n@PJL') == "_Gro_e_ __-12345X___PJL"
    assert job_name("   ") == "Document"
    assert (host_name("pc-1.example.org"), host_name("")) == ("pc-1", "presswork")


@given(st.text(max_size=300))
def test_whatever_it_was_a_device_takes_it(text: str) -> None:
    number = host_name(text)
    ControlFile(number, user_name(text), job_name(text), f"dfA001{number}").encode()
    assert JobName(f"{job_name(text)} 0123abcd").text.isascii()
