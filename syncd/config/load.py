"""From a YAML file to settings, or to every mistake in it at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from syncd.config.document import Block, Items, Node, Place, Scalar, Unreadable, parse
from syncd.config.explanation import UNKNOWN_KEY, explain, hide_odd_key, show_path
from syncd.config.problems import ConfigInvalid, Problem
from syncd.config.secret import SecretPlaces
from syncd.config.settings import Settings
from syncd.config.variables import Unsubstituted, substitute

FILE_BYTES_MAX = 1024 * 1024  # a thousand locations and ten thousand SKUs need less

_UNREADABLE = object()
"""Stands for a value that has a problem already: valid nowhere, so that no check builds on it."""


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Given a config file and the environment, return the settings. Raise ConfigInvalid with every mistake."""
    root = _read(path)
    reading = _Reading(path, root, environ)
    data = reading.value(root, ())
    try:
        settings = Settings.model_validate(data, context=SecretPlaces.beside(path, environ))
    except ValidationError as error:
        reading.add(error)
    # Outside of the handler: an error that carries pydantic's as its context could be printed with it.
    if reading.problems:
        raise ConfigInvalid(reading.problems)
    return settings


def _read(path: Path) -> Block:
    """Given a path, return the tree of its top block. Raise ConfigInvalid if there is none."""
    try:
        text = _text(path)
        root = parse(text)
        if root is None:
            raise Unreadable("is empty", Place(1, 1), "syncd config example prints one to start from.")
        if not isinstance(root, Block):
            raise Unreadable("is no block of keys", root.place, "It must begin as syncd config example does.")
    except Unreadable as error:
        place = error.place
        problem = Problem(str(path), place.line, place.column, "", error.message, error.hint)
        raise ConfigInvalid([problem]) from None
    return root


def _text(path: Path) -> str:
    whole_file = Place(0, 0)
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unreadable(f"cannot be read ({reason})", whole_file) from None
    if len(content) > FILE_BYTES_MAX:
        raise Unreadable(f"is larger than {FILE_BYTES_MAX} bytes", whole_file)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable("is not UTF-8", Place(line, 1), "Save the file as UTF-8.") from None


class _Reading:
    """One reading of one file: its tree, and the problems found so far."""

    def __init__(self, path: Path, root: Block, environ: Mapping[str, str]) -> None:
        self._file = str(path)
        self._root = root
        self._environ = environ
        self._refused: set[tuple[str | int, ...]] = set()
        self.problems: list[Problem] = []

    def value(self, node: Node, path: tuple[str | int, ...]) -> object:
        """Given a part of the tree, return it as plain values, and note what is wrong with it."""
        if isinstance(node, Items):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.values)]
        if isinstance(node, Block):
            for entry in node.repeated:
                first = node.find(entry.key)
                line = first.place.line if first is not None else 0
                self._note((*path, entry.key), entry.place, "duplicate key", f"It is in line {line} already.")
                self.value(entry.value, (*path, entry.key))  # for its own mistakes
            return {entry.key: self.value(entry.value, (*path, entry.key)) for entry in node.entries}
        if node.text is None:
            return None
        try:
            return substitute(node.text, self._environ)
        except Unsubstituted as error:
            self._note(path, node.place, error.message, error.hint)
            self._refused.add(path)
            return _UNREADABLE

    def add(self, error: ValidationError) -> None:
        """Note what pydantic found, except where a value had a problem before it came there."""
        for path, finding in explain(error, self._written):
            if any(path[:length] in self._refused for length in range(len(path) + 1)) or self._holds_refused(path):
                continue
            at_key = finding.message == UNKNOWN_KEY
            shown = hide_odd_key(path) if at_key else path
            self._note(shown, self._place(path, at_key=at_key), finding.message, finding.hint)

    def _note(self, path: Sequence[str | int], place: Place, message: str, hint: str) -> None:
        problem = Problem(self._file, place.line, place.column, show_path(path), message, hint)
        if problem not in self.problems:
            self.problems.append(problem)

    def _holds_refused(self, path: tuple[str | int, ...]) -> bool:
        """Whether the value is a secret's `{file: ${VAR}}` and the variable in it has a problem already."""
        return any(refused[:-1] == path for refused in self._refused if refused[-1] in ("file", "credential"))

    def _written(self, path: Sequence[str | int]) -> Node | None:
        """What was written at this path; None if nothing was."""
        node: Node | None = self._root
        for step in path:
            node = _step(node, step)
        return node

    def _place(self, path: Sequence[str | int], *, at_key: bool) -> Place:
        """Where a path is in the file; for what is not there, the key of the block it is missing in."""
        place = self._root.place
        node: Node | None = self._root
        for step in path:
            entry = node.find(step) if isinstance(node, Block) else None
            node = _step(node, step)
            if node is None:
                return place
            place = entry.place if entry is not None else node.place
        is_written = isinstance(node, Scalar) and node.text is not None
        return node.place if node is not None and is_written and not at_key else place


def _step(node: Node | None, step: str | int) -> Node | None:
    if isinstance(node, Block):
        entry = node.find(step)
        return entry.value if entry is not None else None
    if isinstance(node, Items) and isinstance(step, int) and step < len(node.values):
        return node.values[step]
    return None
