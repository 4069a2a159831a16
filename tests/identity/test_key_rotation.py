"""The gateway's own keys: the next one, the one that signs, the retired one until its end."""

from pathlib import Path
from time import time

import httpx
import pytest

from gateway.errors import KeyFault
from gateway.identity.keys import SigningKeys, VerifyingKey, configured_keys, new_signing_key, to_pem, verifying_key
from gateway.settings import parse
from tests.identity.conftest import FORMER_SECONDS, Served
from tests.identity.test_authentication import signed

CONFIGURATION = """
[gateway]
url = "http://127.0.0.1:8700"

[keys]
master = { env = "MASTER" }
token_signing = { env = "CURRENT" }

[[identity.other_keys]]
key = { env = "NEXT" }

[[identity.other_keys]]
key = { env = "FORMER" }
until = 2026-01-02T03:04:05Z
"""


def with_former(served: Served) -> str:
    header = {"alg": "ES256", "typ": "at+jwt", "kid": served.former_key.thumbprint()}
    now = int(served.clock())
    return signed(served, served.former_key, header=header, iat=now, exp=now + 300)


def names(served: Served) -> list[str]:
    return [key["kid"] for key in httpx.get(f"{served.url}/.well-known/jwks.json").json()["keys"]]


def test_a_retired_keys_tokens_are_taken_until_its_end_and_refused_after_it(served: Served) -> None:
    before = with_former(served)
    assert served.whoami(before).status_code == 200
    assert names(served) == [served.key.thumbprint(), served.former_key.thumbprint()]
    served.clock.ahead = FORMER_SECONDS - 10
    fresh = with_former(served)
    assert served.whoami(fresh).status_code == 200
    served.clock.ahead = FORMER_SECONDS + 1
    # Both a token from before and one that whoever has the key makes now.
    assert [served.whoami(token).status_code for token in (fresh, with_former(served))] == [401, 401]
    assert names(served) == [served.key.thumbprint()]


def test_the_configuration_names_the_next_and_the_former_key_and_their_ends() -> None:
    current, following, former = new_signing_key(), new_signing_key(), new_signing_key()
    environ = {
        "MASTER": "m" * 32,
        "CURRENT": to_pem(current).decode(),
        "NEXT": to_pem(following).decode(),
        "FORMER": former.as_pem(private=False).decode(),
    }
    keys = configured_keys(parse(CONFIGURATION, environ, Path()))
    retired = 1_767_323_045.0
    assert [key.kid for key in keys.signing.keys] == [current.kid]
    published = [item["kid"] for item in keys.public(retired - 1)["keys"]]
    assert published == [current.kid, following.kid, former.kid]
    assert [item["kid"] for item in keys.public(retired)["keys"]] == [current.kid, following.kid]
    assert all("d" not in item for item in keys.public(0)["keys"])


def test_a_key_that_signs_already_may_still_be_listed_as_the_next() -> None:
    key = new_signing_key()
    keys = SigningKeys(key, [VerifyingKey(key, 0)])
    assert len(keys.public(time())["keys"]) == 1


def test_what_is_no_key_is_refused_by_the_settings_name() -> None:
    with pytest.raises(KeyFault, match=r"identity\.other_keys"):
        verifying_key(b"nonsense")
