from __future__ import annotations

import os
import pwd

import pytest

from presswork.agent.host.linux.accounts import account_name, own_account
from presswork.core.errors import NotSignedIn


async def test_names_of_user_ids() -> None:
    daemon = pwd.getpwnam("daemon")
    assert await account_name(daemon.pw_uid) == "daemon"
    assert await own_account() == pwd.getpwuid(os.geteuid()).pw_name


async def test_a_user_id_without_an_account_is_nobody() -> None:
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    free = next(uid for uid in range(47110, 60000) if uid not in taken)
    with pytest.raises(NotSignedIn, match=str(free)):
        await account_name(free)
