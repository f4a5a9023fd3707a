"""What a device says by keywords (RFC 8011 §5.3.8, §5.4.12; PWG 5100.9), in plain words a person reads."""

from __future__ import annotations

from collections.abc import Iterable

from presswork.protocols.ipp.text import cleaned

_SEVERITIES = ("-error", "-warning", "-report")
_LONGEST = 60
_MOST = 4
_SAYS_NOTHING = frozenset({"none", "other"})

_STOPS: dict[str, str] = {
    "media-empty": "out of paper",
    "media-needed": "paper is needed",
    "media-jam": "a paper jam",
    "door-open": "a door is open",
    "cover-open": "a cover is open",
    "interlock-open": "a cover is not closed",
    "input-tray-missing": "a paper tray is missing",
    "output-tray-missing": "the output tray is missing",
    "output-area-full": "the output tray is full",
    "toner-empty": "out of toner",
    "marker-supply-empty": "out of toner or ink",
    "marker-supply-missing": "a toner or ink cartridge is missing",
    "marker-waste-full": "the waste container is full",
    "developer-empty": "out of developer",
    "opc-life-over": "the drum is used up",
    "fuser-over-temp": "the fuser is too hot",
    "fuser-under-temp": "the fuser is too cold",
    "paused": "paused",
    "moving-to-paused": "is being paused",
    "stopping": "is being stopped",
    "stopped-partly": "partly stopped",
    "shutdown": "switched off or not ready",
    "deactivated": "deactivated",
    "offline": "offline",
    "spool-area-full": "its memory is full",
    "timed-out": "does not respond inside",
    "interpreter-resource-unavailable": "a resource for the document is missing",
    "identify-printer-requested": "is asked to identify itself",
}
"""What keeps a job from coming out; what is only low or will be needed soon is none of the job's story."""
_NOT_ABOUT_THE_JOB = frozenset(
    {
        "media-low",
        "toner-low",
        "marker-supply-low",
        "marker-waste-almost-full",
        "developer-low",
        "opc-near-eol",
        "output-area-almost-full",
        "connecting-to-device",
        "identify-printer-requested",
        "power-save",
        "warming-up",
        "resuming",
        "testing",
    }
)
_ENDS: dict[str, str] = {
    "job-canceled-by-user": "it was canceled at the printer",
    "job-canceled-by-operator": "an operator canceled it at the printer",
    "job-canceled-at-device": "it was canceled at the printer's panel",
    "job-canceled-after-timeout": "the printer gave up waiting",
    "aborted-by-system": "the printer gave the job up",
    "unsupported-document-format": "the printer does not take this kind of document",
    "document-format-error": "the printer could not read the document",
    "document-unprintable-error": "the printer could not print the document",
    "document-permission-error": "the document does not allow to be printed",
    "document-password-error": "the document is protected by a password",
    "document-access-error": "the printer could not get at the document",
    "unsupported-compression": "the printer could not read the document",
    "compression-error": "the printer could not read the document",
    "unsupported-attributes-or-values": "the printer cannot do what was asked for",
    "submission-interrupted": "the printer did not get all of the document",
    "job-completed-with-errors": "the printer met errors",
    "service-off-line": "the printer is offline",
}


def obstacles(reasons: Iterable[str]) -> str:
    """What ``printer-state-reasons`` say about why a job does not come out; empty when they say nothing of the kind."""
    found: dict[str, None] = {}
    for reason in reasons:
        keyword, severity = _split(reason)
        if keyword in _SAYS_NOTHING or keyword in _NOT_ABOUT_THE_JOB:
            continue
        if keyword in _STOPS:
            found[_STOPS[keyword]] = None
        elif severity == "-error":
            found[_shown(keyword)] = None
    return ", ".join(list(found)[:_MOST])


def why_ended(reasons: Iterable[str]) -> str:
    """What ``job-state-reasons`` say about why a job was aborted or canceled."""
    said = [_ENDS[reason] for reason in reasons if reason in _ENDS]
    # aborted-by-system is said beside the true reason
    better = [one for one in said if one != _ENDS["aborted-by-system"]]
    return next(iter(better or said), "the printer gave the job up")


def _split(reason: str) -> tuple[str, str]:
    for severity in _SEVERITIES:
        if reason.endswith(severity):
            return reason.removesuffix(severity), severity
    return reason, ""


def _shown(keyword: str) -> str:
    return cleaned(keyword.replace("-", " "), _LONGEST) or "something is wrong"
