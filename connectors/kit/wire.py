"""The platform's rows as they go over the wire, found by trying, so that the kit can alter one value in them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from connectors.kit.bench import Bench
from connectors.kit.bodies import CsvRows, Format, ListedRows, Row, XmlRows, at, data_of, lines_of, row_of, xml_of
from connectors.kit.tap import Answer
from policies.vocabulary import InformationKind

EACH: Final = "[]"  # the step of a path that stands for every item of a list
REMOVED: Final = object()
_TRIED: Final = 12
NO_ROWS: Final = "no rows in JSON, CSV or XML to alter"

Path: TypeAlias = tuple[str, ...]
Change: TypeAlias = Callable[[Any, int], Any]  # of a value, with its row's place


class Rows(msgspec.Struct, frozen=True):
    """A platform's rows as it gave them, the keys of their records, and how they are read from an answer and written.

    `textual`: values can only be text.
    """

    rows: Sequence[Row]
    keys: frozenset[str]
    format: Format
    textual: bool

    def paths(self) -> list[Path]:
        """Every place in a row where a value is, the shortest first; not an object around the whole row."""
        found = {path for row in self.rows for path in _paths(row, ())}
        return sorted(
            (path for path in found if not any(self._is_whole(at(row, path)) for row in self.rows)),
            key=lambda path: (len(path), path),
        )

    def leaves(self) -> list[Path]:
        """The paths with no others inside."""
        paths = self.paths()
        return [path for path in paths if not any(other[: len(path)] == path != other for other in paths)]

    def readable(self) -> list[Path]:
        """The paths where something unreadable can stand: of text only the leaves.

        An element with text in place of its children is one without children, and each of these may be left out.
        """
        return self.leaves() if self.textual else self.paths()

    def of(self, keys: Collection[str]) -> Rows:
        """The rows that hold one of these keys; all where none does. A list read whole has more rows than are shown."""
        held = [row for row in self.rows if _holds(row, keys)]
        return msgspec.structs.replace(self, rows=held) if held else self

    def values(self, path: Path) -> list[Any]:
        """The value at `path` of each row, None where there is none; `path` without `EACH`."""
        return [at(row, path) for row in self.rows]

    def number(self, answers: Sequence[Answer]) -> int:
        """How many rows these answers hold."""
        if isinstance(self.format, XmlRows):
            return len(self.rows)
        return sum(len(self.format.read(answer) or ()) for answer in answers)

    def altered(self, change: Callable[[list[Row]], list[Row]]) -> Callable[[Answer], Answer]:
        """What a tap does to answers so that their rows come changed."""

        def spoil(answer: Answer) -> Answer:
            rows = self.format.read(answer) if answer.status == 200 else None
            if rows is None:
                return answer
            return msgspec.structs.replace(answer, body=self.format.write(answer, change(rows)))

        return spoil

    def _is_whole(self, value: Any) -> bool:
        return isinstance(value, dict) and any(isinstance(item, str) and item in self.keys for item in value.values())


def instead(value: object) -> Change:
    """The change that puts `value` in place of any other; `REMOVED` takes it away."""
    return lambda _value, _number: value


def at_each(path: Path, change: Change) -> Callable[[list[Row]], list[Row]]:
    """Changes the value at `path` of each row; `change` gets it with the row's place, and may give `REMOVED`."""

    def changed(rows: list[Row]) -> list[Row]:
        for number, row in enumerate(rows):
            _change(row, path, change, number)
        return rows

    return changed


async def rows_of(bench: Bench, kind: InformationKind) -> Rows | None:
    """Where the rows of `kind` are: in the list of which an item, taken away or spoiled, costs a fetch one record.

    Where the bench has a limit another record may come in its place. None where no answer is JSON, CSV or XML with
    such rows.
    """
    bench.tap.reset()
    fetched = await bench.fetch(kind, bench.another())  # one that has kept nothing
    keys = frozenset(fetched.keys)
    told = keys | {row.native for row in fetched.quarantined if row.native}
    answers = [answer for answer in bench.tap.answers if answer.status == 200]
    for candidate in _candidates(answers, keys, told, len(fetched.records) + len(fetched.quarantined)):
        if candidate.number(answers) < len(keys):
            continue  # a list inside one row
        likely = _likely(candidate.rows, keys)
        for change in (_without_last, *map(_emptied, likely), *map(_replaced, likely)):
            bench.tap.spoil = candidate.altered(change)
            left = await _keys(bench, kind)
            bench.tap.reset()
            if left is not None and len(keys - left) == 1:
                return candidate
    return None


def _candidates(answers: Sequence[Answer], keys: frozenset[str], told: frozenset[str], count: int) -> Iterator[Rows]:
    """Documents first: a list that leads to them is none of rows. `told`: keys of records and of quarantined rows."""
    documents: dict[str, dict[str, Row]] = {}
    for answer in answers:
        root = xml_of(answer)
        row = None if root is None else row_of(root)
        if root is not None and isinstance(row, dict):
            documents.setdefault(root.tag, {})[answer.path] = row
    for tag, by_path in documents.items():
        paths = sorted(by_path)  # documents are asked for side by side, in no order
        rows = [by_path[path] for path in paths]
        yield Rows(rows, keys, XmlRows(paths, tag, rows), textual=True)
    for answer in answers:
        textual = xml_of(answer) is not None
        for steps, items in _lists(data_of(answer), ()):
            yield Rows(items, keys, ListedRows(answer.method, answer.path, steps), textual=textual)
        lines = lines_of(answer)
        start = next((place for place, line in enumerate(lines) if told & {*line}), len(lines) - count)
        if start > 0:
            table = CsvRows(answer.path, start)
            yield Rows(table.read(answer) or [], keys, table, textual=True)


def _without_last(rows: list[Row]) -> list[Row]:
    return rows[:-1]


def _emptied(place: int) -> Callable[[list[Row]], list[Row]]:
    def changed(rows: list[Row]) -> list[Row]:
        return [{} if number == place else row for number, row in enumerate(rows)]

    return changed


def _replaced(place: int) -> Callable[[list[Row]], list[Row]]:
    """Another row twice and this one not at all, so that a page is as long as before and leads no further."""

    def changed(rows: list[Row]) -> list[Row]:
        return [copy.deepcopy(rows[number - 1]) if number == place else row for number, row in enumerate(rows)]

    return changed


def _likely(rows: Sequence[Row], keys: Collection[str]) -> list[int]:
    """Places of a few rows, those first that hold a record's key: of a list read whole a limit shows a few."""
    return sorted(range(len(rows)), key=lambda place: not _holds(rows[place], keys))[:_TRIED]


def _holds(value: Any, keys: Collection[str]) -> bool:
    if isinstance(value, dict | list):
        return any(_holds(item, keys) for item in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and value in keys


async def _keys(bench: Bench, kind: InformationKind) -> frozenset[str] | None:
    try:
        return frozenset((await bench.fetch(kind, bench.another())).keys)
    except Exception:  # an answer without that item may be none that the connector can read
        return None


def _lists(value: Any, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
    """The lists of objects in a body, reached through objects alone."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield steps, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _lists(item, (*steps, key))


def _paths(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*path, key)
            yield from _paths(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item, (*path, EACH))


def _change(value: Any, path: Path, change: Change, number: int) -> None:
    step, rest = path[0], path[1:]
    if step == EACH:
        for item in value if isinstance(value, list) else ():
            _change(item, rest, change, number)
    elif isinstance(value, dict) and step in value:
        if rest:
            _change(value[step], rest, change, number)
            return
        changed = change(value[step], number)
        if changed is REMOVED:
            del value[step]
        else:
            value[step] = changed
