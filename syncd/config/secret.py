"""A secret in the config: written out, from `${VAR}`, `{file: path}`, or `{credential: name}` (systemd)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, SecretStr, ValidationInfo, WithJsonSchema

from syncd.config.mistake import mistake

REDACTED = "********"
SECRET_BYTES_MAX = 64 * 1024  # a token is some hundred bytes; anything larger is the wrong file
CREDENTIAL_NAME = re.compile(r"(?!\.)[A-Za-z0-9_.@:-]{1,200}")


@dataclass(frozen=True)
class SecretPlaces:
    """Where secrets may be read from: beside the config file, and where systemd put credentials."""

    config_folder: Path
    credentials_folder: Path | None

    @classmethod
    def beside(cls, config: Path, environ: Mapping[str, str]) -> SecretPlaces:
        """The places that go with this config file and this environment."""
        folder = environ.get("CREDENTIALS_DIRECTORY")
        return cls(config.parent, Path(folder) if folder else None)


def _read(value: object, info: ValidationInfo) -> object:
    if isinstance(value, dict):
        value = _read_from(value, info.context)
    if isinstance(value, str):
        if not value.strip():
            raise mistake("is empty", "A secret must have a value.")
        if any(ord(letter) < ord(" ") or ord(letter) == 127 for letter in value):
            # It goes into an HTTP header, where a line break would start another header.
            raise mistake("has a line break or control character inside", "A secret is one line.")
    return value


def _read_from(source: dict[str, object], places: object) -> str:
    """Given `{file: path}` or `{credential: name}`, read the secret. Raise a mistake if it cannot be read."""
    kind, name = next(iter(source.items())) if len(source) == 1 else ("", None)
    if kind not in ("file", "credential") or not isinstance(name, str) or not name:
        raise mistake("is no secret", "Write a text, ${VAR}, {file: path} or {credential: name}.")
    if not isinstance(places, SecretPlaces):
        raise mistake("cannot be read here", "Only a config file may name a file or a credential.")
    if kind == "file":
        return _contents(places.config_folder / name, "the file it names")
    if places.credentials_folder is None:
        raise mistake("no credentials were given to this process", "Use LoadCredential= in the systemd unit.")
    if not CREDENTIAL_NAME.fullmatch(name):
        raise mistake("is not the name of a credential", "It is the name given to LoadCredential=, no path.")
    return _contents(places.credentials_folder / name, "the credential it names")


def _contents(path: Path, what: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(SECRET_BYTES_MAX + 1)
        text = content.decode()
    except OSError as error:
        raise mistake(f"{what} cannot be read ({error.strerror or type(error).__name__})") from None
    except ValueError:
        # Not UTF-8, or a path with a zero byte. The error's own text holds the content: it goes no further.
        raise mistake(f"{what} cannot be read as text") from None
    if len(content) > SECRET_BYTES_MAX:
        raise mistake(f"{what} is larger than {SECRET_BYTES_MAX} bytes")
    return text.strip()


_TEXT = {"type": ["string", "number"]}

Secret = Annotated[
    SecretStr,
    BeforeValidator(_read),
    PlainSerializer(lambda _: REDACTED, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                _TEXT,
                {
                    "type": "object",
                    "properties": {"file": _TEXT, "credential": _TEXT},
                    "additionalProperties": False,
                    "minProperties": 1,
                    "maxProperties": 1,
                },
            ]
        }
    ),
]
