from __future__ import annotations

import pytest

from presswork.protocols.control.route import declared_account, declared_name


@pytest.mark.parametrize("name", ["ada", "ada@corp.example.org", "ada, by LPR", "Ada, by herself"])
def test_a_declared_account_is_the_name_and_how_it_came(name: str) -> None:
    account = declared_account(name, "LPR")
    assert account == f"{name}, by LPR"
    assert declared_name(account) == name


def test_an_account_of_a_computer_names_nobody() -> None:
    assert declared_name("ada") == ""
