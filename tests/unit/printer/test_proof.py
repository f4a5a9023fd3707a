"""A proof is printed by its own ticket."""

from __future__ import annotations

from presswork.printer.proof import is_proof, ticket_to_print
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Collection, Keyword

COPIES, SIDES = Attribute.of("copies", 30), Attribute.of("sides", Keyword("two-sided-long-edge"))
A4, A3 = Attribute.of("media", Keyword("iso_a4_210x297mm")), Attribute.of("media", Keyword("iso_a3_297x420mm"))


def proof(*members: Attribute) -> Attribute:
    return Attribute.of("proof-print", Collection(members))


def test_what_is_no_proof_is_printed_as_it_is() -> None:
    assert ticket_to_print((COPIES, A4)) == (COPIES, A4)
    assert not is_proof((COPIES, A4))


def test_a_proof_has_its_own_copies_one_where_it_does_not_say() -> None:
    assert is_proof((COPIES, proof()))
    assert ticket_to_print((COPIES, SIDES, proof())) == (SIDES, Attribute.of("copies", 1))
    two = Attribute.of("proof-print-copies", 2)
    assert ticket_to_print((COPIES, A4, proof(two))) == (A4, Attribute.of("copies", 2))


def test_a_proof_may_have_its_own_paper() -> None:
    assert ticket_to_print((A3, proof(A4))) == (Attribute.of("copies", 1), A4)
