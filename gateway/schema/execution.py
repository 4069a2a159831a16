"""One operation: parse and validate (cached by document), execute, enter into the ledger; in that order, or nothing."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute,
    parse,
    specified_rules,
    validate,
)
from opentelemetry.trace import Tracer

from gateway.errors import Internal, MethodNotAllowed, Sendable
from gateway.federation.query import Federation
from gateway.http.graphql import Executed, GraphQLRequest
from gateway.ledger import Disclosed, Entry, Ledger
from gateway.partnership.watch import Watched
from gateway.schema.context import Context
from gateway.schema.limits import Limits, limit_rules
from gateway.schema.selection import groups_read
from gateway.telemetry import step
from policies.groups import Effect, FieldGroup
from policies.requester import Requester

log = logging.getLogger("slt.graphql")

CACHED_DOCUMENTS = 1_000
