"""Token exchange (RFC 8693): a platform asks on behalf of a member, as far as the member's mandate goes at the moment."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from time import time
from typing import Any, NamedTuple

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlmodel import col, update

from gateway.identity.clients import disable_client, register_client
from gateway.identity.exchange import ACCESS_TOKEN, EXCHANGE, MEMBER
from gateway.identity.scopes import Scope
from gateway.partnership.admission import add_organization, set_partnership, suspend_partnership
from gateway.store.tables import Client, PlatformMandate
from policies.vocabulary import Capacity, OrganizationCategory, PartnershipStatus, Purpose
from tests.identity.conftest import PARTNER, Served
from tests.identity.test_authentication import eventually, signed

PLATFORM = "common-field"
TODAY = datetime.now(UTC).date()


class World(NamedTuple):
    """The server, and a platform's client beside the partner's own."""

    served: Served
    platform: tuple[str, str]

    def mandate(
        self, areas: Sequence[str] | None = ("SSD",), since: date | None = None, until: date | None = None
    ) -> None:
        row = PlatformMandate(
            member_id=PARTNER,
            platform_id=PLATFORM,
            areas=None if areas is None else list(areas),
            since=since,
            until=until,
        )
        self.served.store.write(lambda session: session.add(row))
        self.served.token()  # so that the server has looked at its directory since

    def end_mandates(self) -> None:
        self.served.store.write(
            lambda session: session.exec(update(PlatformMandate).values(ended_at=datetime.now(UTC)))
        )

    def exchange(self, /, *credentials: tuple[str, str], **form: str) -> httpx.Response:
        whole = {"grant_type": EXCHANGE, "subject_token": PARTNER, "subject_token_type": MEMBER, **form}
        return self.served.post("/oauth/token", whole, *(credentials or [self.platform]))

    def exchanged(self, **form: str) -> str:
        answer = self.exchange(**form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def whoami(self, token: str) -> dict[str, Any]:
        answer = self.served.whoami(token)
        assert answer.status_code == 200
        return dict(answer.json())


def with_platform(served: Served) -> tuple[str, str]:
    """Registers a platform and its client."""
    add_organization(served.store, PLATFORM, "Common Field", OrganizationCategory.INGO)
    set_partnership(served.store, PLATFORM, PartnershipStatus.IN_FORCE)
    return register_client(
        served.store,
        PLATFORM,
        "platform",
        list(Scope),
        Purpose.SAFETY_AND_SECURITY,
        [Capacity.PLATFORM],
    )


@pytest.fixture
def world(served: Served) -> World:
    return World(served, with_platform(served))


def test_the_token_names_the_member_as_subject_and_the_platform_as_actor(world: World) -> None:
    world.mandate()
    body = world.exchange().json()
    assert (body["issued_token_type"], body["token_type"], body["expires_in"]) == (ACCESS_TOKEN, "Bearer", 300)
    assert "refresh_token" not in body
    keys = KeySet.import_key_set(httpx.get(f"{world.served.url}/.well-known/jwks.json").json())
    claims = jwt.decode(body["access_token"], keys, ["ES256"]).claims
    assert (claims["sub"], claims["organization"], claims["client_id"]) == (PARTNER, PARTNER, world.platform[0])
    assert claims["act"] == {"sub": world.platform[0], "organization": PLATFORM}
    assert claims["exp"] - claims["iat"] == 300
    told = world.whoami(body["access_token"])
    assert (told["organization"], told["capacities"]) == (PLATFORM, ["PLATFORM"])
    assert (told["member"], told["member_partnership"], told["authorized"]) == (PARTNER, "IN_FORCE", ["SSD"])
    assert told["member_capacities"] == []


def test_a_platform_reads_for_a_member_and_does_nothing_else(world: World) -> None:
    world.mandate()
    assert world.exchange().json()["scope"] == "alerts:read information:read"
    assert world.whoami(world.exchanged(scope="alerts:read"))["member_scopes"] == ["alerts:read"]
    for scope in ("information:share", "consent:decide", "ledger:read", "clients:manage", "alerts:read everything"):
        answer = world.exchange(scope=scope)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_a_members_token_narrows_and_ends_what_comes_of_it(world: World) -> None:
    world.mandate()
    now = int(time())
    own = signed(world.served, scope="alerts:read", iat=now - 200, exp=now + 100)
    answer = world.exchange(subject_token=own, subject_token_type=ACCESS_TOKEN).json()
    assert answer["scope"] == "alerts:read"
    assert 95 <= answer["expires_in"] <= 100
    told = world.whoami(answer["access_token"])
    assert told["expires"] == now + 100
    assert (told["member"], told["member_scopes"], told["member_capacities"]) == (PARTNER, ["alerts:read"], [])
    beyond = world.exchange(subject_token=own, subject_token_type=ACCESS_TOKEN, scope="information:read")
    assert beyond.json()["error"] == "invalid_scope"


def test_what_ends_the_members_token_ends_the_exchanged_one(world: World) -> None:
    world.mandate()
    tokens = [world.served.token(), world.served.token()]
    exchanged = [world.exchanged(subject_token=token, subject_token_type=ACCESS_TOKEN) for token in tokens]
    world.served.post("/oauth/revoke", {"token": tokens[0]})
    assert [world.served.whoami(token).status_code for token in exchanged] == [401, 200]
    disable_client(world.served.store, world.served.client_id)
    assert eventually(1, lambda: world.served.whoami(exchanged[1]).status_code == 401)


def test_a_members_purpose_goes_with_its_token(world: World) -> None:
    world.mandate()
    reporting = register_client(world.served.store, PARTNER, "reports", [Scope.ALERTS_READ], Purpose.REPORTING)
    exchanged = world.exchanged(subject_token=world.served.token(reporting), subject_token_type=ACCESS_TOKEN)
    told = world.whoami(exchanged)
    assert (told["purpose"], told["member_purpose"]) == ("SAFETY_AND_SECURITY", "REPORTING")


def test_an_ended_mandate_bites_within_a_second_for_tokens_already_issued(world: World) -> None:
    world.mandate(None)
    token = world.exchanged()
    assert world.whoami(token)["authorized"] is None
    world.end_mandates()
    assert eventually(1, lambda: world.whoami(token)["authorized"] == [])
    assert world.exchange().json()["error"] == "invalid_request"
    world.mandate(["SOM"])
    assert world.whoami(token)["authorized"] == ["SOM"]


def test_a_mandate_counts_on_its_days_only_and_several_add_up(world: World) -> None:
    day = timedelta(days=1)
    world.mandate(["SDN"], until=TODAY - day)
    world.mandate(["MLI"], since=TODAY + 2 * day)
    assert world.exchange().json()["error"] == "invalid_request"
    world.mandate(["SSD"], since=TODAY - day, until=TODAY + day)
    world.mandate(["SOM"])
    assert world.whoami(world.exchanged())["authorized"] == ["SOM", "SSD"]


@pytest.mark.parametrize("party", [PARTNER, PLATFORM])
def test_a_suspension_of_either_reduces_the_chain_and_refuses_nothing(world: World, party: str) -> None:
    world.mandate()
    token = world.exchanged()
    suspend_partnership(world.served.store, party, "under dispute")
    name = "member_partnership" if party == PARTNER else "partnership"
    assert eventually(1, lambda: world.whoami(token)[name] == "SUSPENDED")
    assert world.exchange().status_code == 200


def test_whoever_gave_no_mandate_looks_like_nobody(world: World) -> None:
    add_organization(world.served.store, "elsewhere-aid", "Elsewhere Aid", OrganizationCategory.INGO)
    world.mandate()
    forms = [
        {"subject_token": "elsewhere-aid"},
        {"subject_token": "nobody"},
        {"subject_token": ""},
        {"subject_token": PLATFORM},
        {"subject_token": "nonsense", "subject_token_type": ACCESS_TOKEN},
        {"subject_token": world.served.token(world.platform), "subject_token_type": ACCESS_TOKEN},
        {"subject_token": world.exchanged(), "subject_token_type": ACCESS_TOKEN},
        {
            "subject_token": signed(world.served, iat=int(time()) - 400, exp=int(time()) - 100),
            "subject_token_type": ACCESS_TOKEN,
        },
    ]
    answers = [world.exchange(**form) for form in forms]
    assert {answer.status_code for answer in answers} == {400}
    assert {answer.json()["error"] for answer in answers} == {"invalid_request"}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"actor_token": "somebody", "actor_token_type": ACCESS_TOKEN}, "invalid_request"),
        ({"audience": "https://elsewhere.example"}, "invalid_target"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
    ],
)
def test_what_is_not_served_is_refused_by_name(world: World, form: dict[str, str], error: str) -> None:
    world.mandate()
    answer = world.exchange(**form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert world.exchange(audience=world.served.url, resource=world.served.url).status_code == 200


def test_only_a_platforms_client_may_exchange_and_only_while_it_is_one(world: World) -> None:
    world.mandate()
    answer = world.exchange(world.served.credentials, subject_token=PLATFORM)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    token = world.exchanged()
    world.served.store.write(
        lambda session: session.exec(
            update(Client).where(col(Client.client_id) == world.platform[0]).values(capacities=[])
        )
    )
    assert eventually(1, lambda: world.served.whoami(token).status_code == 401)


@pytest.mark.parametrize(
    "changed",
    [
        {"act": {"sub": "somebody", "organization": PLATFORM}},
        {"act": {"sub": "CLIENT", "organization": PARTNER}},
        {"act": {"sub": "CLIENT"}},
        {"act": None},
        {"sub": "elsewhere-aid"},
        {"organization": "nobody", "sub": "nobody"},
        {"origin": {"jti": "one", "client_id": "nobody"}},
        {"origin": {"jti": "one", "client_id": "CLIENT"}},
    ],
)
def test_a_token_whose_parties_are_not_as_registered_is_refused(world: World, changed: dict[str, Any]) -> None:
    world.mandate()

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(item) for name, item in value.items()}
        return world.platform[0] if value == "CLIENT" else value

    good: dict[str, Any] = {
        "client_id": world.platform[0],
        "sub": PARTNER,
        "act": {"sub": world.platform[0], "organization": PLATFORM},
    }
    assert world.served.whoami(signed(world.served, **good)).status_code == 200
    assert world.served.whoami(signed(world.served, **{**good, **filled(changed)})).status_code == 401


def test_what_was_exchanged_is_not_exchanged_again(world: World) -> None:
    """A platform passes nothing on to the next one, not even where that has mandates of both."""
    world.mandate()
    add_organization(world.served.store, "second-field", "Second Field", OrganizationCategory.INGO)
    set_partnership(world.served.store, "second-field", PartnershipStatus.IN_FORCE)
    second = register_client(
        world.served.store,
        "second-field",
        "second platform",
        list(Scope),
        Purpose.SAFETY_AND_SECURITY,
        [Capacity.PLATFORM],
    )
    mandates = [PlatformMandate(member_id=member, platform_id="second-field") for member in (PARTNER, PLATFORM)]
    world.served.store.write(lambda session: session.add_all(mandates))
    own = world.served.token(world.platform)  # also so that the server has looked at its directory since
    assert world.exchange(second, subject_token=own, subject_token_type=ACCESS_TOKEN).status_code == 200
    again = world.exchange(second, subject_token=world.exchanged(), subject_token_type=ACCESS_TOKEN)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")


def test_introspection_tells_the_platform_who_acts_and_nobody_else_anything(world: World) -> None:
    world.mandate()
    token = world.exchanged()
    told = world.served.post("/oauth/introspect", {"token": token}, world.platform).json()
    assert (told["active"], told["sub"], told["act"]["organization"]) == (True, PARTNER, PLATFORM)
    assert world.served.post("/oauth/introspect", {"token": token}).json() == {"active": False}
    assert world.served.post("/oauth/revoke", {"token": token}, world.platform).status_code == 200
    assert world.served.whoami(token).status_code == 401
