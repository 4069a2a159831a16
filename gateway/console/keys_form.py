"""Public keys as they come in a form: a set that was uploaded or pasted, or the address it is published at."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from gateway.console.forms import Form


class Keys(NamedTuple):
    """Exactly one of them; both None where the form had neither."""

    jwks: dict[str, Any] | None
    jwks_uri: str | None


def keys_of(form: Form) -> Keys:
    """The keys in the fields `jwks_file`, `jwks` and `jwks_uri`; what is wrong is noted at `jwks`."""
    written = form.value("jwks_file").strip() or form.value("jwks").strip()
    address = form.value("jwks_uri").strip()
    if bool(written) is bool(address):
        form.fault("jwks", "keys_or_address")
        return Keys(None, None)
    if address:
        return Keys(None, address)
    try:
        return Keys(msgspec.json.decode(written, type=dict[str, Any]), None)
    except msgspec.DecodeError:
        form.fault("jwks", "no_json")
        return Keys(None, None)
