"""The documents by which a client finds its way: RFC 8414, RFC 9728. `url` is the gateway's own, without a path."""

from __future__ import annotations

from typing import Any

from gateway.identity.authorization_server import AUTHENTICATION_METHOD, GRANT_TYPE
from gateway.identity.scopes import Scope


def authorization_server_metadata(url: str) -> dict[str, Any]:
    """RFC 8414 section 2."""
    methods = [AUTHENTICATION_METHOD]
    return {
        "issuer": url,
        "token_endpoint": f"{url}/oauth/token",
        "jwks_uri": f"{url}/.well-known/jwks.json",
        "scopes_supported": [scope.value for scope in Scope],
        "response_types_supported": [],
        "grant_types_supported": [GRANT_TYPE],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint": f"{url}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint": f"{url}/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": methods,
    }


def protected_resource_metadata(url: str) -> dict[str, Any]:
    """RFC 9728 section 2."""
    return {
        "resource": url,
        "authorization_servers": [url],
        "scopes_supported": [scope.value for scope in Scope],
        "bearer_methods_supported": ["header"],
        "resource_name": "SLT gateway",
    }
