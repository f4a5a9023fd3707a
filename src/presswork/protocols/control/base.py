"""What all words of the control messages have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Line = Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]
"""One line of a person's or a device's text: no control characters."""


class Word(BaseModel):
    """Base of all: immutable; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
