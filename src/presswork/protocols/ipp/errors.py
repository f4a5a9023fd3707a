"""What can be wrong with a message. The parser raises ``MalformedMessage`` and ``MessageTooLarge``, the encoder ``NotEncodable``; nothing else."""

from __future__ import annotations

from presswork.core.errors import Invalid, TooLarge


class MalformedMessage(Invalid):
    """The octets are not an IPP message (RFC 8010 §3): a Printer answers client-error-bad-request."""

    code = "malformed-ipp"


class Incomplete(MalformedMessage):
    """The octets ended before the end-of-attributes tag."""

    code = "incomplete-ipp"


class MessageTooLarge(TooLarge):
    """The message goes over one of ``Limits``: a Printer answers client-error-request-entity-too-large."""

    code = "ipp-too-large"


class NotEncodable(Invalid):
    """A value that RFC 8010 and RFC 8011 §5.1 leave no way to write: too long, out of range, of no known syntax."""

    code = "not-encodable"
