"""A GraphQL request as it comes over HTTP (GraphQL over HTTP, draft), read from GET and POST."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import msgspec
from starlette.requests import ClientDisconnect, Request

from gateway.errors import BadInput, MethodNotAllowed, NotAcceptable, PayloadTooLarge, UnsupportedMediaType
from policies.rulebook import Language

JSON: Final = "application/json"
RESPONSE_JSON: Final = "application/graphql-response+json"


class ResponseType(Enum):
    """The two media types of an answer; the older one answers 200 to a request that could be read."""

    RESPONSE = RESPONSE_JSON
    LEGACY = JSON


class GraphQLRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One operation as asked. `extensions` is read and not used; `language`: in which reasons are told."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] | None = None
    extensions: Mapping[str, Any] | None = None
    method: str = "POST"
    language: Language = Language.ENGLISH


class _Body(msgspec.Struct, rename={"operation_name": "operationName"}):
    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


def negotiated(request: Request) -> ResponseType:
    """The answer's media type (RFC 9110 section 12.5.1); raises `NotAcceptable` where neither is accepted."""
    accept = request.headers.get("accept")
    if accept is None or not accept.strip():
        return ResponseType.LEGACY
    weights = _weights(accept)

    def wanted(kind: ResponseType) -> float:
        # What names a type most closely says its weight: `*/*, application/json;q=0` refuses application/json.
        return next((weights[name] for name in (kind.value, "application/*", "*/*") if name in weights), 0.0)

    # Of equal weights what is named outright comes first, then the newer type; a wildcard means the older one.
    outright = [kind for kind in ResponseType if kind.value in weights]
    best = max([*outright, ResponseType.LEGACY, ResponseType.RESPONSE], key=wanted)
    if wanted(best) <= 0:
        raise NotAcceptable(f"`Accept` names neither {RESPONSE_JSON} nor {JSON}: accept one of them")
    return best


def language(request: Request) -> Language:
    """The language of reasons (RFC 9110 section 12.5.4): the one that weighs more, English where neither does."""
    weights = _weights(request.headers.get("accept-language", ""))

    def wanted(item: Language) -> float:
        ranges = [name for name in weights if name.partition("-")[0] == item.value] or ["*"]
        return max(weights.get(name, 0.0) for name in ranges)

    return max(Language, key=wanted)


async def read(request: Request, body_bytes: int) -> GraphQLRequest:
    """The operation in the request; raises a `Sendable` that says what can't be read."""
    return msgspec.structs.replace(await _asked(request, body_bytes), language=language(request))


async def _asked(request: Request, body_bytes: int) -> GraphQLRequest:
    if request.method == "GET":
        return _from_parameters(request.query_params)
    if request.method != "POST":
        raise MethodNotAllowed("`/graphql` takes GET and POST", ("GET", "POST"))
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != JSON or not _is_utf8(parameters):
        raise UnsupportedMediaType(f"the body is not {JSON} in UTF-8: send it as that")
    if is_encoded(request):
        raise UnsupportedMediaType("`Content-Encoding`: compressed bodies are not read: send it as it is")
    return _from_json(await limited(request, body_bytes))


def is_encoded(request: Request) -> bool:
    """Whether the body is compressed, or encoded in any other way (RFC 9110 section 8.4)."""
    return request.headers.get("content-encoding", "identity").strip().lower() != "identity"


async def limited(request: Request, body_bytes: int) -> bytes:
    """The body of at most `body_bytes`; raises `PayloadTooLarge`, and `BadInput` where it ends early."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > body_bytes:
                raise PayloadTooLarge(f"the body has more than {body_bytes} bytes: send a smaller document")
    except ClientDisconnect as error:
        raise BadInput("the body ended early: send all of it") from error
    return bytes(body)


def _from_json(body: bytes) -> GraphQLRequest:
    try:
        read_body = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(
            "the body is no GraphQL request: send a JSON object with `query` as text, and `variables`, `operationName` "
            "and `extensions` as an object, text and an object"
        ) from error
    return GraphQLRequest(
        query=read_body.query,
        operation_name=read_body.operation_name,
        variables=read_body.variables,
        extensions=read_body.extensions,
    )


def _from_parameters(parameters: Mapping[str, str]) -> GraphQLRequest:
    if "query" not in parameters:
        raise BadInput("`query` is missing: give the document as this parameter")
    return GraphQLRequest(
        query=parameters["query"],
        operation_name=parameters.get("operationName") or None,
        variables=_object(parameters.get("variables"), "variables"),
        extensions=_object(parameters.get("extensions"), "extensions"),
        method="GET",
    )


def _object(text: str | None, name: str) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, Any] | None)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput(f"`{name}` is no JSON object: encode it as one") from error


def _weights(accept: str) -> Mapping[str, float]:
    """The alternatives of an `Accept` or `Accept-Language` field with their weights; no charset but UTF-8 is usable."""
    weights: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (item.strip().lower() for item in part.split(";"))
        weight, usable = 1.0, True
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key == "q":
                weight = _weight(value)
            elif key == "charset":
                usable = value.strip('"') in ("utf-8", "utf8")
        if usable:
            weights[name] = max(weight, weights.get(name, 0.0))
    return weights


def _is_utf8(parameters: str) -> bool:
    charset = next((item.partition("=")[2] for item in parameters.split(";") if "charset" in item.lower()), "utf-8")
    return charset.strip().strip('"').lower() in ("utf-8", "utf8")


def _weight(value: str) -> float:
    """A quality value (RFC 9110 section 12.4.2); what is none weighs nothing."""
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
