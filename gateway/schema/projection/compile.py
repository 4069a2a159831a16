"""From a selection below a list to a projector: what the document says is read once, whatever the records hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from graphql import (
    Executor,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_argument_values,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList

from gateway.schema.projection.values import attribute, leaf, resolver
from gateway.schema.projection.writing import Code, Unprojectable


class Deferred(NamedTuple):
    """A field that graphql-core is to execute itself: where its value goes, of what, and its path."""

    answer: dict[str, Any]
    name: str
    parent: GraphQLObjectType
    source: Any
    details: FieldDetailsList
    path: Any


class Projector(NamedTuple):
    """`project` takes an item, its path and the list that gathers deferred fields; without `defers` the item alone."""

    project: Callable[..., dict[str, Any]]
    defers: bool


class NotCompiled(Exception):
    """A field that waits, needs the operation, or is of an abstract type: graphql-core's."""


class _Lines(NamedTuple):
    """Lines of a function, and whether they use the path and the deferred."""

    lines: Sequence[str]
    defers: bool


class _Written(NamedTuple):
    """A written function, and whether it takes the path and the deferred besides."""

    name: str
    defers: bool

    def call(self, value: str, path: str) -> str:
        return f"{self.name}({value}, {path}, later)" if self.defers else f"{self.name}({value})"


def _required(_item: None) -> None:
    raise Unprojectable


def compiled(executor: Executor[Any], kind: GraphQLObjectType, details: FieldDetailsList) -> Projector:
    """The projector of a list of `kind`, of which `details` selects; raises `NotCompiled`."""
    code = Code()
    written = _Compiler(executor, code).function(kind, details)
    return Projector(code.built(written.name), written.defers)


class _Compiler:
    """Writes one function an object type and selection, innermost first."""

    def __init__(self, executor: Executor[Any], code: Code) -> None:
        self._executor = executor
        self._code = code

    def function(self, kind: GraphQLObjectType, details: FieldDetailsList) -> _Written:
        selected = self._executor.collect_subfields(kind, details).grouped_field_set
        body: list[str] = ["if s is None or isinstance(s, Exception): raise Unprojectable"]
        if kind.is_type_of is not None:
            body.append(f"if not {self._code.name_of(kind.is_type_of)}(s, None): raise Unprojectable")
        body.append("b = s.view if type(s) is Viewed else s")
        entries, after = [], []
        defers = False
        for number, (name, of_field) in enumerate(selected.items()):
            field = self._executor.schema.get_field(kind, of_field[0].node.name.value)
            if field is None:
                continue
            value = f"v{number}"
            lines = self._lines(kind, field, of_field, value, name)
            if lines is None:
                # It may be null, so whatever becomes of it stays below this object.
                entries.append(f"{name!r}: None")
                after.append(self._later(kind, of_field, name))
            else:
                body += lines.lines
                entries.append(f"{name!r}: {value}")
            defers = defers or lines is None or lines.defers
        body.append(f"out = {{{', '.join(entries)}}}")
        body += after
        body.append("return out")
        return _Written(self._code.function("s, path, later" if defers else "s", body), defers)

    def _later(self, kind: GraphQLObjectType, details: FieldDetailsList, name: str) -> str:
        refer = self._code.name_of
        path = f"path.add_key({name!r}, {kind.name!r})"
        return f"later.append({refer(Deferred)}(out, {name!r}, {refer(kind)}, s, {refer(details)}, {path}))"

    def _lines(
        self, parent: GraphQLObjectType, field: GraphQLField, details: FieldDetailsList, value: str, name: str
    ) -> _Lines | None:
        """How `value` is made; None where graphql-core has to. Raises `NotCompiled` where that may not be here."""
        try:
            got = self._got(parent, field, details)
            path = f"path.add_key({name!r}, {parent.name!r})"
            completed = self._completed(field.type, details, value, path)
        except NotCompiled:
            if isinstance(field.type, GraphQLNonNull):
                raise
            return None
        return _Lines([f"{value} = {got}", *completed.lines], completed.defers)

    def _got(self, parent: GraphQLObjectType, field: GraphQLField, details: FieldDetailsList) -> str:
        """An expression for the field's value before it is completed."""
        node = details[0].node
        if node.name.value == "__typename":
            return repr(parent.name)
        name = attribute(field)
        if name is not None:
            return f"b.{name}"
        try:
            arguments = get_argument_values(
                field, node, self._executor.variable_values, details[0].fragment_variable_values
            )
        except GraphQLError as error:
            raise NotCompiled from error
        function = resolver(field, arguments)
        if function is None:
            raise NotCompiled
        return f"{self._code.name_of(function)}(s)"

    def _completed(self, kind: Any, details: FieldDetailsList, value: str, path: str) -> _Lines:
        """Lines that complete `value`, as the section "Value Completion" of the GraphQL specification says."""
        if isinstance(kind, GraphQLNonNull):
            inner = self._completed(kind.of_type, details, value, path)
            return _Lines([f"if {value} is None: raise Unprojectable", *inner.lines], inner.defers)
        expression, defers = self._expression(kind, details, value, path)
        return _Lines([f"if {value} is not None: {value} = {expression}"], defers)

    def _expression(self, kind: Any, details: FieldDetailsList, value: str, path: str) -> tuple[str, bool]:
        """`value`, which is not None, completed."""
        if is_leaf_type(kind):
            return leaf(self._code, kind, value), False
        if isinstance(kind, GraphQLObjectType):
            written = self.function(kind, details)
            return written.call(value, path), written.defers
        if not isinstance(kind, GraphQLList):
            raise NotCompiled
        item, required = (
            (kind.of_type.of_type, True) if isinstance(kind.of_type, GraphQLNonNull) else (kind.of_type, False)
        )
        inner, defers = self._expression(item, details, "i", f"{path}.add_key(n, None)")
        if not required:
            inner = f"None if i is None else {inner}"
        elif is_leaf_type(item):
            inner = f"{self._code.name_of(_required)}(i) if i is None else {inner}"
        return (f"[{inner} for n, i in enumerate({value})]" if defers else f"[{inner} for i in {value}]"), defers
