"""What a client says of itself at registration (RFC 7591 section 2), and what is taken of it.

What is not understood is left aside, as section 2 has it; what is understood and can't be is refused by name. No
address in it is ever called, except for keys (`jwks_uri`), which `gateway.identity.remote_keys` guards.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from authlib.oauth2.rfc7591 import InvalidClientMetadataError, InvalidRedirectURIError

from gateway.errors import BadInput
from gateway.identity.clients import checked_redirect_uris
from gateway.identity.exchange import EXCHANGE
from gateway.identity.methods import METHODS, METHODS_OF_PERSONS, NOTHING, SECRET
from gateway.identity.registered import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, REFRESH
from gateway.identity.scopes import Scope
from gateway.notices.reach import split
from policies.vocabulary import Capacity

_LONGEST_NAME: Final = 200
_MOST: Final = 10
# Addresses for people.
_PAGES: Final = ("client_uri", "logo_uri", "tos_uri", "policy_uri")
_TEXTS: Final = ("software_id", "software_version")
_DEFAULT_SCOPES: Final = frozenset({Scope.INFORMATION_READ.value, Scope.ALERTS_READ.value})


class ClientMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """The request's JSON, as far as it is understood; null is as good as absent (RFC 7592 section 2.2).

    `organization`, `purpose` and `country` are our own; the first two only repeat what the registration gives anyway.
    """

    redirect_uris: list[str] | None = None
    token_endpoint_auth_method: str | None = None
    grant_types: list[str] | None = None
    response_types: list[str] | None = None
    client_name: str | None = None
    client_uri: str | None = None
    logo_uri: str | None = None
    tos_uri: str | None = None
    policy_uri: str | None = None
    scope: str | None = None
    contacts: list[str] | None = None
    jwks_uri: str | None = None
    jwks: dict[str, Any] | None = None
    software_id: str | None = None
    software_version: str | None = None
    software_statement: str | None = None
    dpop_bound_access_tokens: bool | None = None
    organization: str | None = None
    purpose: str | None = None
    country: str | None = None
    client_id: str | None = None
    client_secret: str | None = None

    @property
    def method(self) -> str:
        """How the client proves itself."""
        return self.token_endpoint_auth_method or SECRET


class Served(msgspec.Struct, frozen=True):
    """What this server has for clients: grants, and whether persons sign in."""

    grant_types: tuple[str, ...]
    persons: bool


def read_metadata(document: Mapping[str, Any]) -> ClientMetadata:
    """The metadata of a JSON object; raises `InvalidClientMetadataError`."""
    try:
        return msgspec.convert(document, ClientMetadata)
    except msgspec.ValidationError as error:
        raise InvalidClientMetadataError(sendable(f"a value is of another type: {error}")) from error


def settled_grants(metadata: ClientMetadata, capacities: Collection[Capacity], served: Served) -> list[str]:
    """The grants of the client, those that fit it where it names none; raises `OAuth2Error`."""
    redirects = bool(metadata.redirect_uris)
    method = metadata.method
    if method not in (METHODS_OF_PERSONS if served.persons else METHODS):
        raise InvalidClientMetadataError("token_endpoint_auth_method is not served: see the metadata")
    named = metadata.grant_types
    grants = list(dict.fromkeys(named)) if named is not None else _fitting(redirects=redirects)
    if not grants or not set(grants) <= set(served.grant_types):
        raise InvalidClientMetadataError("grant_types names none, or one that is not served: see the metadata")
    if (AUTHORIZATION_CODE in grants) is not redirects or (REFRESH in grants and not redirects):
        raise InvalidRedirectURIError("redirect_uris and authorization_code go together: give both or neither")
    if method == NOTHING and {CLIENT_CREDENTIALS, EXCHANGE} & set(grants):
        raise InvalidClientMetadataError("grant_types: a client that can't prove itself has only what persons give it")
    if EXCHANGE in grants and Capacity.PLATFORM not in capacities:
        raise InvalidClientMetadataError("token exchange is for platforms, which the operator invites as such")
    answers = ["code"] if redirects else []
    if metadata.response_types is not None and metadata.response_types != answers:
        raise InvalidClientMetadataError("response_types is code with authorization_code, and empty without")
    return grants


def settled_redirects(metadata: ClientMetadata) -> list[str]:
    """The addresses that persons come back to; raises `InvalidRedirectURIError`."""
    urls = metadata.redirect_uris or []
    if len(urls) > _MOST:
        raise InvalidRedirectURIError(f"redirect_uris has more than {_MOST}: register another client")
    try:
        return checked_redirect_uris(urls)
    except BadInput as error:
        raise InvalidRedirectURIError(sendable(error.message)) from error


def settled_scopes(asked: str | None, allowed: Collection[str]) -> list[str]:
    """What was asked for, as far as it is `allowed` (section 2 permits that); raises where nothing is left."""
    names = frozenset(_DEFAULT_SCOPES if asked is None else asked.split())
    if not names <= {scope.value for scope in Scope}:
        raise InvalidClientMetadataError("scope names one that there is not: see scopes_supported in the metadata")
    kept = sorted(names & set(allowed))
    if not kept:
        raise InvalidClientMetadataError("scope: none of it is what your organization's agreement gives")
    return kept


def described(metadata: ClientMetadata) -> dict[str, Any]:
    """What is kept of it for people only; raises `InvalidClientMetadataError`."""
    told: dict[str, Any] = {}
    for name in _PAGES:
        url = getattr(metadata, name)
        parts = None if url is None else split(url)
        if url is not None and (parts is None or parts.scheme != "https"):
            raise InvalidClientMetadataError(f"{name} is no https address of a page, without user and fragment")
        told[name] = url
    for name in _TEXTS:
        told[name] = _short(name, getattr(metadata, name))
    contacts = metadata.contacts
    if contacts is not None:
        if len(contacts) > _MOST:
            raise InvalidClientMetadataError(f"contacts has more than {_MOST}: name those who answer")
        told["contacts"] = [_short("contacts", item) for item in contacts]
    return {name: value for name, value in told.items() if value is not None}


def label_of(metadata: ClientMetadata) -> str:
    """The client's name for people; raises `InvalidClientMetadataError`."""
    return _short("client_name", metadata.client_name) or "registered by itself"


def sendable(text: str) -> str:
    """`text` in the characters of RFC 6749 section 5.2."""
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "'" for c in text)


def _fitting(*, redirects: bool) -> list[str]:
    return [AUTHORIZATION_CODE, REFRESH] if redirects else [CLIENT_CREDENTIALS]


def _short(name: str, text: str | None) -> str | None:
    if text is not None and not (0 < len(text) <= _LONGEST_NAME and text.isprintable()):
        raise InvalidClientMetadataError(f"{name} has 1 to {_LONGEST_NAME} characters, in one line")
    return text


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[str]:
    """The names of what differs."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
