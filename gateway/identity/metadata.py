"""The documents by which a client finds its way: RFC 8414, RFC 9728. `url` is the gateway's own, without a path."""

from __future__ import annotations

from typing import Any

from gateway.identity.authorization_server import TOKEN_PATH
from gateway.identity.client_keys import ALGORITHMS
from gateway.identity.methods import METHODS, METHODS_OF_PERSONS
from gateway.identity.persons import AUTHORIZE_PATH, PUSH_PATH
from gateway.identity.registered import GRANT_TYPES, GRANT_TYPES_OF_PERSONS
from gateway.identity.registration import REGISTRATION_PATH
from gateway.identity.scopes import Scope


def authorization_server_metadata(url: str, *, persons: bool) -> dict[str, Any]:
    """RFC 8414 section 2; `persons`: whether there are tokens for persons."""
    endpoints: dict[str, Any] = {}
    for name, path in (("token", TOKEN_PATH), ("revocation", "/oauth/revoke"), ("introspection", "/oauth/introspect")):
        endpoints |= {
            f"{name}_endpoint": url + path,
            f"{name}_endpoint_auth_methods_supported": METHODS,
            f"{name}_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        }
    return {
        "issuer": url,
        "jwks_uri": f"{url}/.well-known/jwks.json",
        "scopes_supported": [scope.value for scope in Scope],
        "response_types_supported": [],
        "grant_types_supported": list(GRANT_TYPES),
        "registration_endpoint": url + REGISTRATION_PATH,
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        "protected_resources": [url],
        **endpoints,
        **(_for_persons(url) if persons else {}),
    }


def _for_persons(url: str) -> dict[str, Any]:
    """RFC 9126 section 5, RFC 9207 section 3, RFC 7636."""
    return {
        "authorization_endpoint": url + AUTHORIZE_PATH,
        "pushed_authorization_request_endpoint": url + PUSH_PATH,
        "require_pushed_authorization_requests": True,
        "authorization_response_iss_parameter_supported": True,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": [*GRANT_TYPES, *GRANT_TYPES_OF_PERSONS],
        "token_endpoint_auth_methods_supported": METHODS_OF_PERSONS,
        "revocation_endpoint_auth_methods_supported": METHODS_OF_PERSONS,
    }


def protected_resource_metadata(url: str) -> dict[str, Any]:
    """RFC 9728 section 2."""
    return {
        "resource": url,
        "authorization_servers": [url],
        "scopes_supported": [scope.value for scope in Scope],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        "dpop_bound_access_tokens_required": False,
        "resource_name": "SLT gateway",
    }
