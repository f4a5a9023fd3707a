"""What is wrong with a printer, in the words of the Printer MIB."""

from __future__ import annotations

from presswork.printer.alerts import alert_attributes
from presswork.protocols.ipp.values import Text


def alerts(*reasons: str) -> list[tuple[dict[str, str], str]]:
    codes, texts = alert_attributes(reasons, 12)
    assert len(codes.values) == len(texts.values)
    pairs = []
    for code, text in zip(codes.values, texts.values, strict=True):
        assert isinstance(code, bytes)
        assert isinstance(text, Text)
        pairs.append((dict(one.split("=") for one in code.decode("ascii").split(";")), str(text)))
    return pairs


def test_5100_9_there_is_always_one() -> None:
    ((alert, text),) = alerts("none")
    assert (alert["code"], alert["severity"], text) == ("printerReadyToPrint", "other", "Ready to print")


def test_5100_9_each_reason_with_its_severity() -> None:
    empty, jam, low = alerts("media-empty", "media-jam-error", "toner-low-warning")
    assert (empty[0]["code"], empty[0]["severity"], empty[0]["time"]) == ("inputMediaSupplyEmpty", "critical", "12")
    assert (jam[0]["code"], jam[0]["group"], jam[1]) == ("jam", "mediaPath", "Paper jam")
    assert (low[0]["severity"], low[0]["index"]) == ("warning", "3")


def test_5100_9_a_reason_nobody_knows_is_said_as_it_is() -> None:
    ((alert, text),) = alerts("flux-capacitor-worn-report")
    assert (alert["code"], alert["severity"], text) == ("other", "other", "Flux capacitor worn")
