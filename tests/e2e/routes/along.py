"""Situations of the way itself."""

from __future__ import annotations

from e2e.routes.case import Case, shows


@shows
async def all_well(case: Case) -> None:
    await case.prints_at(case.here.near, "Near")
    await case.ends()
