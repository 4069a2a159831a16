"""One operation: parse and validate (cached by document), execute, enter into the ledger; in that order, or nothing."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from opentelemetry.trace import Tracer

from gateway.errors import Internal, MethodNotAllowed, Sendable
from gateway.federation.query import Federation
from gateway.federation.viewed import Viewed
from gateway.http.graphql import Executed
from gateway.http.request import GraphQLRequest
from gateway.ledger.entries import Entry
from gateway.ledger.ledger import Ledger
from gateway.schema.context import Context, Services
from gateway.schema.disclosure import by_originator, handling_of, obligations
from gateway.schema.limits import BeyondLimit, Limits, limit_rules
from gateway.schema.projection.executor import ProjectingExecutor, Projections
from gateway.schema.selection import groups_read, root_names
from gateway.schema.settled import in_order
from gateway.schema.test_clients import check_open
from gateway.telemetry import step
from policies.groups import FieldGroup
from policies.requester import Requester
from policies.vocabulary import Purpose

log = logging.getLogger("slt.graphql")

CACHED_DOCUMENTS: Final = 1_000
ANSWERED: Final = "ANSWERED"
# A refused request whose sender is not known stands in the ledger under this name.
UNKNOWN: Final = "unknown"


class Prepared(NamedTuple):
    """A document that can be executed, or why not; with it live the projectors of its lists."""

    document: DocumentNode | None
    errors: Sequence[Mapping[str, Any]]
    groups: frozenset[FieldGroup]
    projections: Projections


class Executor:
    """Answers operations over one schema. `clock` gives seconds since the epoch."""

    def __init__(
        self,
        schema: strawberry.federation.Schema,
        federation: Federation,
        ledger: Ledger,
        services: Services,
        tracer: Tracer,
        limits: Limits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._schema = schema._schema  # the graphql-core schema; Strawberry has no public name for it
        self._federation = federation
        self._ledger = ledger
        self._services = services
        self._tracer = tracer
        self._limits = limits
        self._rules = (*specified_rules, *limit_rules(limits))
        self._clock = clock
        self._prepared: OrderedDict[bytes, Prepared] = OrderedDict()

    async def answer(self, request: GraphQLRequest, who: Requester) -> Executed:
        """The operation's answer, entered into the ledger before it is returned."""
        digest = sha256(request.query.encode("utf-8", "surrogatepass")).digest()
        now = self._clock()
        with step(self._tracer, "parse and validate"):
            prepared = self._prepare(request.query, digest)
        if prepared.document is None:
            await self._enter(who, now, digest, str(prepared.errors[0]["extensions"]["code"]), "", [], frozenset())
            return Executed(errors=prepared.errors, executed=False)
        operation = get_operation_ast(prepared.document, request.operation_name)
        if operation is None:
            errors = [_error("operationName names no operation of the document, or several stand in it: name one")]
            await self._enter(who, now, digest, "BAD_USER_INPUT", "", [], frozenset())
            return Executed(errors=errors, executed=False)
        if request.method == "GET" and operation.operation is not OperationType.QUERY:
            raise MethodNotAllowed("only queries are asked by GET: send this one by POST", ("POST",))
        if who.profile.test:
            check_open(root_names(prepared.document, operation))
        context = Context(
            federation=self._federation,
            services=self._services,
            directory=self._services.directory(),
            who=who,
            now=now,
            language=request.language,
            groups=prepared.groups,
            disclosed=[],
            projections=prepared.projections,
        )
        with step(self._tracer, "execute"):
            result = await self._execute(prepared.document, request, context)
        errors = [_formatted(error) for error in in_order(result.errors)]
        outcome = ANSWERED if result.data is not None or not errors else str(errors[0]["extensions"]["code"])
        # Where one field's fault leaves no data, what the others had found is shown to nobody.
        disclosed = [] if result.data is None else context.disclosed
        with step(self._tracer, "ledger"):
            await self._enter(who, now, digest, outcome, _names(operation), disclosed, prepared.groups)
        # Without data and without a path nothing was run: the variables did not fit.
        executed = result.data is not None or any("path" in error for error in errors)
        extensions = {"handling": handling_of(disclosed)} if executed else None
        return Executed(data=result.data, errors=errors, executed=executed, extensions=extensions)

    async def refused(self, code: str, who: Requester | None) -> None:
        """Enters a refusal before any document was read; where the ledger can't be written, the refusal stands."""
        try:
            await self._enter(who, self._clock(), None, code, "", [], frozenset())
        except Sendable as error:
            log.error("%s: a refusal could not be entered into the ledger", error.code)

    async def _execute(self, document: DocumentNode, request: GraphQLRequest, context: Context) -> ExecutionResult:
        result = execute(
            self._schema,
            document,
            context_value=context,
            variable_values=dict(request.variables or {}),
            operation_name=request.operation_name,
            hide_suggestions=True,
            executor_class=ProjectingExecutor,
        )
        if isinstance(result, Awaitable):
            result = await result
        return result

    def _prepare(self, query: str, digest: bytes) -> Prepared:
        known = self._prepared.get(digest)
        if known is None:
            known = self._read(query)
            self._prepared[digest] = known
            if len(self._prepared) > CACHED_DOCUMENTS:
                self._prepared.popitem(last=False)
        else:
            self._prepared.move_to_end(digest)
        return known

    def _read(self, query: str) -> Prepared:
        try:
            document = parse(query, max_tokens=self._limits.tokens)
        except GraphQLSyntaxError as error:
            return _refused([_formatted(error, "GRAPHQL_PARSE_FAILED")])
        except RecursionError:
            return _refused([_error("the document nests too deep", "GRAPHQL_PARSE_FAILED")])
        errors = validate(self._schema, document, self._rules, max_errors=20, hide_suggestions=True)
        if errors:
            beyond = [error for error in errors if isinstance(error, BeyondLimit)] or errors
            return _refused([_formatted(error, "GRAPHQL_VALIDATION_FAILED") for error in beyond])
        return Prepared(document, (), groups_read(self._schema, document), Projections())

    async def _enter(
        self,
        who: Requester | None,
        now: float,
        digest: bytes | None,
        outcome: str,
        operation: str,
        disclosed: Sequence[Viewed],
        groups: frozenset[FieldGroup],
    ) -> None:
        at = datetime.fromtimestamp(now, UTC)
        profile = None if who is None else who.profile
        behalf = None if who is None or who.on_behalf_of is None else who.on_behalf_of.organization
        await self._ledger.commit(
            Entry(
                at=at,
                organization=UNKNOWN if profile is None else profile.organization,
                client=UNKNOWN if who is None else who.client,
                person=None if who is None else who.person,
                purpose=Purpose.OTHER if profile is None else profile.purpose,
                operation=operation,
                outcome=outcome,
                policy_version=self._federation.policy.version,
                on_behalf_of=behalf,
                document_hash=digest,
                originators=by_originator(disclosed, groups),
                records={viewed.id: viewed.reference for viewed in disclosed},
                notices=() if who is None else obligations(disclosed, who, at),
            )
        )


def _refused(errors: Sequence[Mapping[str, Any]]) -> Prepared:
    return Prepared(None, errors, frozenset(), Projections())


def _names(operation: OperationDefinitionNode) -> str:
    """The root fields, which are the schema's names; the client's own names of operations may say anything."""
    selections = operation.selection_set.selections
    return ",".join(sorted({item.name.value for item in selections if hasattr(item, "name") and item.name}))


def _formatted(error: GraphQLError, code: str | None = None) -> Mapping[str, Any]:
    """The error as it is sent: a fault of the gateway's own becomes one fixed message."""
    original = error.original_error
    if original is not None and not isinstance(original, GraphQLError):
        sendable = original if isinstance(original, Sendable) else Internal()
        if sendable is not original:
            log.error("%s: %s", getattr(original, "code", "INTERNAL_SERVER_ERROR"), type(original).__name__)
        message, code = sendable.message, sendable.code
    else:
        message, code = error.message, code or "BAD_USER_INPUT"
    formatted: dict[str, Any] = {"message": message, "extensions": {"code": code}}
    if error.locations:
        formatted["locations"] = [{"line": item.line, "column": item.column} for item in error.locations]
    if error.path is not None:
        formatted["path"] = error.path
    return formatted


def _error(message: str, code: str = "BAD_USER_INPUT") -> Mapping[str, Any]:
    return {"message": message, "extensions": {"code": code}}
