"""Logs: one line an event, with fields; to standard error, as journald likes it. Never a document, a key or a token."""

from __future__ import annotations

import logging
import sys

import structlog

from presswork.core.plain import plain


def configure_logging(*, json: bool = False, level: int = logging.INFO) -> None:
    """Set up structlog for this process; ``json`` for machines, else one readable line an event."""
    renderers: tuple[structlog.typing.Processor, ...] = (
        (structlog.processors.JSONRenderer(),)
        if json
        else (_one_line, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()))
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def _one_line(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """What others said makes no line of its own and steers no terminal; what is no string is shown by its ``repr``."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = plain(value, keep="\n" if name == "exception" else "")
    return event
