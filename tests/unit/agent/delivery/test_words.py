from __future__ import annotations

import pytest

from presswork.agent.delivery.words import obstacles, why_ended


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ((), ""),
        (("none",), ""),
        (("media-empty",), "out of paper"),
        (("media-empty-error",), "out of paper"),
        (("media-jam-error", "door-open-report"), "a paper jam, a door is open"),
        (("media-empty-error", "media-empty-warning"), "out of paper"),
        (("toner-low-warning", "media-low-report"), ""),
        (("com.example-flux-capacitor-error",), "com.example flux capacitor"),
        (("com.example-flux-capacitor-warning", "other"), ""),
        (("\x1b[31m-error",), "[31m"),
        (("-error",), "something is wrong"),
    ],
)
def test_what_keeps_a_job_from_coming_out(reasons: tuple[str, ...], words: str) -> None:
    assert obstacles(reasons) == words


def test_a_talkative_printer_is_cut_short() -> None:
    assert len(obstacles([f"{'x' * 200}{number}-error" for number in range(50)])) < 300


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ((), "the printer gave the job up"),
        (("aborted-by-system",), "the printer gave the job up"),
        (("aborted-by-system", "document-format-error"), "the printer could not read the document"),
        (("job-canceled-by-user",), "it was canceled at the printer"),
        (("vendor-reason",), "the printer gave the job up"),
    ],
)
def test_why_a_job_ended(reasons: tuple[str, ...], words: str) -> None:
    assert why_ended(reasons) == words
