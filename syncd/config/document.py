"""A YAML file as a tree in which everything knows its line. Knows YAML; knows no key of ours.

Every scalar is text: an id keeps its leading zeros, `no` and `on` stay words, a version stays a version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

import yaml

NESTING_MAX = 20  # our deepest key lies 5 deep; PyYAML recurses, so the bound also guards the stack
NODES_MAX = 20_000  # counted with aliases expanded, so that a few lines cannot become a million

EMPTY_WORDS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the file; both numbers count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, or None where nothing was written."""

    text: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and what it holds; `place` is the key's."""

    key: str
    value: Node
    place: Place


@dataclass(frozen=True, slots=True)
class Block:
    """A mapping. A key written twice is in `repeated`, not in `entries`."""

    entries: tuple[Entry, ...]
    repeated: tuple[Entry, ...]
    place: Place

    def find(self, key: str | int) -> Entry | None:
        """The entry of this key, if it was written."""
        return next((entry for entry in self.entries if entry.key == key), None)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    values: tuple[Node, ...]
    place: Place


Node: TypeAlias = Scalar | Block | Items


class Unreadable(Exception):
    """The text is no YAML that we take. Internal to the room: `load` turns it into a problem."""

    def __init__(self, message: str, place: Place, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.place, self.hint = message, place, hint


def parse(text: str) -> Node | None:
    """Given YAML text, return its tree, or None if it holds nothing. Raise Unreadable if it is no YAML."""
    try:
        root = _compose(text)
    except yaml.MarkedYAMLError as error:
        raise _from_marked(error) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable("holds a character YAML does not allow", Place(line, 1)) from None
    return None if root is None else _Builder().build(root, depth=1)


class _Composer(yaml.SafeLoader):
    """PyYAML's safe composer, bounded in depth and without tags."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose one node; the event ahead is looked at before anything is built of it."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            raise _marked("a tag (!...) is not used here", event.start_mark)
        if self.depth >= NESTING_MAX:
            raise _marked(f"nested deeper than {NESTING_MAX} levels", event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def _compose(text: str) -> yaml.Node | None:
    composer = _Composer(text)
    try:
        return composer.get_single_node()
    finally:
        composer.dispose()


class _Builder:
    """Turns PyYAML's nodes, which aliases share, into our tree, which shares nothing."""

    def __init__(self) -> None:
        self.nodes_left = NODES_MAX

    def build(self, node: yaml.Node, depth: int) -> Node:
        place = _place(node.start_mark)
        self.nodes_left -= 1
        if self.nodes_left < 0:
            raise Unreadable(f"is longer than {NODES_MAX} values with its aliases written out", place)
        if depth > NESTING_MAX:
            # An anchor that contains its own alias has no end.
            raise Unreadable(f"nested deeper than {NESTING_MAX} levels with its aliases written out", place)
        if isinstance(node, yaml.MappingNode):
            return self._block(node, place, depth)
        if isinstance(node, yaml.SequenceNode):
            return Items(tuple(self.build(value, depth + 1) for value in node.value), place)
        is_plain = isinstance(node, yaml.ScalarNode) and node.style is None
        is_empty = is_plain and node.value in EMPTY_WORDS
        return Scalar(None if is_empty else node.value, place)

    def _block(self, node: yaml.MappingNode, place: Place, depth: int) -> Block:
        entries: dict[str, Entry] = {}
        repeated: list[Entry] = []
        for key_node, value_node in node.value:
            at = _place(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                raise Unreadable("a key must be a text", at, "A key that begins with { or [ must be quoted.")
            entry = Entry(key_node.value, self.build(value_node, depth + 1), at)
            if entry.key in entries:
                repeated.append(entry)
            else:
                entries[entry.key] = entry
        return Block(tuple(entries.values()), tuple(repeated), place)


def _place(mark: yaml.Mark) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _marked(problem: str, mark: yaml.Mark) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def _from_marked(error: yaml.MarkedYAMLError) -> Unreadable:
    mark = error.problem_mark or error.context_mark
    place = _place(mark) if mark is not None else Place(1, 1)
    problem = error.problem or "cannot be read as YAML"
    if problem == "but found another document":
        return Unreadable("holds a second document", place, "Remove the line ---.")
    # PyYAML quotes what it found. An unquoted password such as *abc would stand in the message as an
    # alias name, so only token names ('<block end>') and single characters stay.
    problem = re.sub(r"'([^']*)'", lambda quoted: quoted[0] if _is_token(quoted[1]) else "'...'", problem)
    return Unreadable(problem, place, _hint(problem))


def _is_token(word: str) -> bool:
    return len(word) <= 1 or word.startswith(("<", "\\"))


def _hint(problem: str) -> str:
    if "\\t" in problem:
        return "Indent with spaces, not with tabs."
    if "mapping values are not allowed" in problem:
        return 'A value that contains ": " must be quoted.'
    if "alias" in problem or "cannot start any token" in problem or "tag" in problem:
        return "A value that begins with one of * & ! % @ ` must be quoted."
    return ""
