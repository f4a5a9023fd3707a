"""The page of the SNMP settings: passwords go in and never come out."""

from __future__ import annotations

from presswork.testing.html import Html
from unit.server.fronts.web.house import House

ADA = {
    "version": "3",
    "port": "1161",
    "community": "",
    "user": "ada",
    "auth": "sha256",
    "auth_password": "authentic!",
    "priv": "aes",
    "priv_password": "hidden-away",
    "context": "",
}


async def test_settings_are_kept_and_passwords_not_shown(house: House) -> None:
    page = await house.ada.page("/printers/snmp")
    assert [one["value"] for one in page.all("input", name="version") if "checked" in one] == ["2c"]
    after = await house.ada.done("/printers/snmp", **ADA)
    assert "The computers ask the printers in the new way" in after.text
    page = await house.ada.page("/printers/snmp")
    assert page.all("input", name="user")[0]["value"] == "ada"
    answer = (await house.ada.get("/printers/snmp")).text
    assert "authentic!" not in answer
    assert "hidden-away" not in answer


async def test_what_is_wrong_is_said_beside_it_and_passwords_are_not_sent_back(house: House) -> None:
    answer = await house.ada.post("/printers/snmp", **{**ADA, "auth_password": "short"})
    assert answer.status_code == 400
    assert "at least 8 characters" in answer.text
    assert "hidden-away" not in answer.text
    answer = await house.ada.post("/printers/snmp", **{**ADA, "port": "many"})
    assert Html(answer.text).all("input", name="port")[0]["aria-invalid"] == "true"


async def test_only_administrators(house: House) -> None:
    assert (await house.bob.get("/printers/snmp")).status_code in {403, 404}
    assert (await house.bob.post("/printers/snmp", **ADA)).status_code in {403, 404}
