"""``proof-print`` (PWG 5100.11): a few copies to look at; the documents are kept, and Resubmit-Job prints the whole."""

from __future__ import annotations

from typing import Final

from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Collection

PROOF_PRINT: Final = "proof-print"
PROOF_COPIES: Final = "proof-print-copies"
PAPER: Final = ("media", "media-col")
"""What else a proof may have otherwise than its job."""
MEMBERS: Final = (*PAPER, PROOF_COPIES)


def is_proof(attributes: tuple[Attribute, ...]) -> bool:
    """Whether a ticket asks for a proof."""
    return any(attribute.name == PROOF_PRINT for attribute in attributes)


def ticket_to_print(attributes: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """The ticket as it is to be printed now: of a proof its own copies, one where it does not say, and its own paper."""
    proof = next((one.value for one in attributes if one.name == PROOF_PRINT), None)
    if not isinstance(proof, Collection):
        return attributes
    paper = [member for member in proof.members if member.name in PAPER]
    replaced = {PROOF_PRINT, "copies", *(PAPER if paper else ())}
    copies = proof.get(PROOF_COPIES)
    asked = Attribute("copies", (1,) if copies is None else copies.values)
    return (*(one for one in attributes if one.name not in replaced), asked, *paper)
