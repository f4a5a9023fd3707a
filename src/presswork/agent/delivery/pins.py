"""Certificates of printers: what the server says, else what this agent saw first (trust on first use)."""

from __future__ import annotations

from typing import Protocol

from presswork.protocols.control.words import PrinterSpec


class Memory(Protocol):
    """Keeps small facts durably; the spool does."""

    async def remember(self, key: str, value: str) -> None:
        """Durable when it returns."""
        ...

    async def recall(self, key: str) -> str | None:
        """What was remembered under ``key`` last."""
        ...


class Pins:
    """Fingerprints: SHA-256 of the certificate's DER form, lower-case hexadecimal."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def pin_of(self, spec: PrinterSpec) -> str | None:
        """The certificate this printer must show; None before the first use. The server's word comes first."""
        return spec.certificate_sha256 or await self._memory.recall(_key(spec))

    async def seen_first(self, spec: PrinterSpec, certificate_sha256: str) -> None:
        """From now on this printer, at this address, must show this one."""
        await self._memory.remember(_key(spec), certificate_sha256)


def _key(spec: PrinterSpec) -> str:
    return f"certificate {spec.printer_id} {spec.device_uri}"
