from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.agent.redirector.names import plain_name
from presswork.agent.spool.transition import check_account
from presswork.protocols.control.route import OwnerRequest, declared_account


@pytest.mark.parametrize(
    ("given_", "name"),
    [
        ("ada", "ada"),
        (" ada ", "ada"),
        ("ada@corp.example", "ada@corp.example"),
        ("CORP\\ada", "ada@CORP"),
        ("CORP \\ ada", "ada@CORP"),
        ("\\ada", "_ada"),
        ("a/b:c", "a_b_c"),
        ("", ""),
        ("Anonymous", ""),
        ("x" * 500, "x" * 200),
    ],
)
def test_a_name_as_it_is_asked_for(given_: str, name: str) -> None:
    assert plain_name(given_) == name


@given(st.text(max_size=300))
def test_whatever_is_given_can_be_asked_for_and_kept(text: str) -> None:
    name = plain_name(text)
    if name:
        assert check_account(declared_account(name, "IPP"))
        assert plain_name(name) == name
    OwnerRequest.model_validate({"queue_id": "00000000-0000-0000-0000-000000000001", "name": name})
