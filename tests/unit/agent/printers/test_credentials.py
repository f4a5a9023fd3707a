from __future__ import annotations

from presswork.agent.printers.credentials import credentials_of
from presswork.protocols.control.device import SnmpSpec
from presswork.protocols.snmp.credentials import Community, User


def test_the_servers_words_become_credentials() -> None:
    assert credentials_of(None) is None
    assert credentials_of(SnmpSpec()) == Community("2c", "public")
    assert credentials_of(SnmpSpec(version="1", community="secret")) == Community("1", "secret")
    told = SnmpSpec(version="3", user="ada", auth="sha", auth_password="12345678", priv="aes", priv_password="abcdefgh")
    assert credentials_of(told) == User("ada", "sha", "12345678", "aes", "abcdefgh")
