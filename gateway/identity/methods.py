"""How a client may prove itself, at every address alike."""

from __future__ import annotations

from typing import Final

from gateway.store.tables import Authentication

SECRET: Final = Authentication.CLIENT_SECRET_BASIC.value
SIGNATURE: Final = Authentication.PRIVATE_KEY_JWT.value
NOTHING: Final = Authentication.NONE.value
METHODS: Final = [SECRET, SIGNATURE]
# A program on a person's own device can keep nothing secret; what it presents is bound to it by PKCE.
METHODS_OF_PERSONS: Final = [*METHODS, NOTHING]
