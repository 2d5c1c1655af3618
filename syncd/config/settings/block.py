"""What all blocks of the config have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

from syncd.config.mistake import mistake


class SettingsBlock(BaseModel):
    """A block of keys: frozen, and strict about keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_written(cls, value: object) -> object:
        # `stock:` with every key below it commented out means the defaults, as in the example file.
        return {} if value is None else value


def _not_blank(text: str) -> str:
    if not text.strip():
        raise mistake("must not be blank")
    return text


Text = Annotated[str, StringConstraints(max_length=500), AfterValidator(_not_blank)]
"""A text of some substance: a name, a code, an SKU."""
