"""The sections of a configuration and what each setting takes; documented in `docs/configuration.md`."""

from __future__ import annotations

from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from connectors.client import PrivateHosts
from connectors.contract import SourceSettings
from connectors.errors import Unconfigured
from connectors.markings import read_marking
from gateway.keys import MINIMUM_MASTER_BYTES
from gateway.settings.secret import Secret, SecretText, Surroundings
from policies.marking import Marking
from policies.vocabulary import Capacity

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
# The source of what organizations share with the gateway itself; it is always there and needs no configuration.
OWN_SOURCE: Final = "gateway"
ScopeName = Literal[
    "information:read", "information:share", "alerts:read", "consent:decide", "ledger:read", "clients:manage"
]


def nearest(written: str, known: list[str], otherwise: str = "see docs/configuration.md") -> str:
    """What to do about a name that is not known."""
    near = get_close_matches(written, known, 1, 0.5)
    return f"did you mean `{near[0]}`?" if near else otherwise


def _split(url: str) -> SplitResult | None:
    """The URL's parts, or None where it is no URL over HTTP or holds credentials."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return None
    return parts if usable and not any(character.isspace() for character in url) else None


def _public(url: str) -> str:
    parts = _split(url)
    if (
        parts is None
        or (parts.path or parts.query or parts.fragment)
        or (parts.scheme == "http" and parts.hostname not in LOOPBACK)
    ):
        raise ValueError("can't be an issuer: give https://HOST[:PORT] without a path (http on loopback only)")
    return url


def _platform(url: str) -> str:
    parts = _split(url)
    if parts is None or url.endswith("/"):
        raise ValueError("no platform's address: give http(s)://HOST[:PORT][/PATH], without a slash at the end")
    return url


def _provider(url: str) -> str:
    parts = _split(url)
    if parts is None or parts.query or parts.fragment or (parts.scheme == "http" and parts.hostname not in LOOPBACK):
        raise ValueError("no provider's address: give https://HOST[:PORT][/PATH] (http on loopback only)")
    return url


def _persons(capacities: tuple[Capacity, ...]) -> tuple[Capacity, ...]:
    if Capacity.PLATFORM in capacities:
        raise ValueError("PLATFORM is a client's, never a person's: register a client with it")
    return capacities


def _long_enough(master: bytes) -> bytes:
    if len(master) < MINIMUM_MASTER_BYTES:
        raise ValueError(f"the master secret has {len(master)} bytes: give at least {MINIMUM_MASTER_BYTES}")
    return master


def _divides_a_day(seconds: int) -> int:
    if 86_400 % seconds:
        raise ValueError(f"{seconds} seconds don't divide a day: give such as 3600 or 900")
    return seconds


def _networks(written: Any) -> Any:
    """Networks in a list, or in the environment as text with commas."""
    try:
        return tuple(ip_network(item.strip()) for item in (written.split(",") if isinstance(written, str) else written))
    except (TypeError, AttributeError, ValueError):
        raise ValueError('no networks: give a list of them without host bits, such as ["10.1.0.0/16"]') from None


def _hosts(written: tuple[str, ...]) -> tuple[str, ...]:
    PrivateHosts(written)
    return written


def _own(name: str, info: ValidationInfo) -> str:
    assert isinstance(info.context, Surroundings)
    if name == OWN_SOURCE:
        raise ValueError(f"`{name}` is the source of what is shared with the gateway itself: give another name")
    if name in info.context.names:
        raise ValueError(f"`{name}` is taken: give every source a name of its own")
    info.context.names.add(name)
    return name


def _readable(marking: dict[str, Any]) -> dict[str, Any]:
    known = list(Marking.__struct_fields__)
    unknown = [key for key in marking if key not in known]
    if unknown:
        raise ValueError("; ".join(f"no such key `{key}`: {nearest(key, known)}" for key in unknown))
    try:
        read_marking(marking)
    except Unconfigured as error:
        raise ValueError(str(error).removeprefix("`marking`: ")) from error
    return marking


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class GatewaySection(_Section):
    """`[gateway]`: the public URL (without a path, the OAuth issuer), and what to listen on."""

    url: Annotated[str, AfterValidator(_public)]
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8700


class StoreSection(_Section):
    """`[store]`: the database."""

    url: str = "sqlite:///slt-gateway.sqlite3"


class KeysSection(_Section):
    """`[keys]`: `master` (at least 32 bytes) for ids and cursors, `token_signing` an EC P-256 private key in PEM."""

    master: Annotated[Secret, AfterValidator(_long_enough), Field(repr=False, exclude=True)]
    token_signing: Annotated[Secret, Field(repr=False, exclude=True)]


class OtherKey(_Section):
    """One of `identity.other_keys`: an EC P-256 key in PEM, public or private, whose tokens are taken until `until`."""

    key: Annotated[Secret, Field(repr=False, exclude=True)]
    until: AwareDatetime | None = None


class IssuerRole(_Section):
    """What one word of an issuer gives a person: capacities that the organization is on record with, and scopes."""

    capacities: Annotated[tuple[Capacity, ...], AfterValidator(_persons)] = ()
    scopes: tuple[ScopeName, ...] = ()


class TrustedIssuer(_Section):
    """One of `identity.trusted_issuers`: an OpenID Connect provider, and how its words are read."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    label: Annotated[str, Field(min_length=1, max_length=80)]
    listed: bool = False
    issuer: Annotated[str, AfterValidator(_provider)]
    jwks_uri: Annotated[str, AfterValidator(_provider)] | None = None
    audience: Annotated[str, Field(min_length=1)] | None = None
    client_id: Annotated[str, Field(min_length=1)] | None = None
    client_secret: Annotated[SecretText | None, Field(repr=False, exclude=True)] = None
    networks: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)] = ()
    organization: str | None = None
    organization_claim: str | None = None
    organizations: dict[str, str] = {}
    scopes: tuple[ScopeName, ...] = ("information:read", "alerts:read")
    role_claim: str = "roles"
    roles: dict[str, IssuerRole] = {}

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.audience is None and self.client_id is None:
            raise ValueError("`audience` or `client_id`: give the first to take its tokens, the second for sign-in")
        if self.audience == self.client_id:
            raise ValueError("`audience` is the `client_id`: an ID token would be taken for an access token")
        if self.client_secret is not None and self.client_id is None:
            raise ValueError("`client_secret` is given without `client_id`: give both")
        if (self.organization is None) is (self.organization_claim is None):
            raise ValueError("`organization` or `organization_claim`: give exactly one of them")
        if (self.organization_claim is None) is bool(self.organizations):
            raise ValueError("`organization_claim` and `organizations` go together: map every value that counts")
        return self


def _distinct(issuers: tuple[TrustedIssuer, ...]) -> tuple[TrustedIssuer, ...]:
    for field in ("name", "issuer"):
        given = [getattr(item, field) for item in issuers]
        if len(set(given)) < len(given):
            raise ValueError(f"two have the same `{field}`: give each its own")
    return issuers


class StatementIssuer(_Section):
    """One of `identity.statement_issuers`: who may vouch for a client's software, and its public keys (a JWKS)."""

    issuer: Annotated[str, Field(min_length=1)]
    jwks: Annotated[Secret, Field(repr=False, exclude=True)]


class IdentitySection(_Section):
    """`[identity]`: keys beside the one that signs; `networks` where clients may publish keys though not public."""

    other_keys: tuple[OtherKey, ...] = ()
    networks: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)] = ()
    trusted_issuers: Annotated[tuple[TrustedIssuer, ...], AfterValidator(_distinct)] = ()
    statement_issuers: tuple[StatementIssuer, ...] = ()


class LimitsSection(_Section):
    """`[limits]`: bounds of one operation."""

    depth: Annotated[int, Field(ge=1)] = 15
    tokens: Annotated[int, Field(ge=1)] = 2_000
    aliases: Annotated[int, Field(ge=0)] = 50
    directives: Annotated[int, Field(ge=0)] = 50
    body_bytes: Annotated[int, Field(ge=1)] = 1_000_000
    deadline_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 10.0
    records_per_source: Annotated[int, Field(ge=1)] = 10_000


class LedgerSection(_Section):
    """`[ledger]`: seconds between signed heads (a divisor of a day), days that payloads and refusals are kept."""

    head_seconds: Annotated[int, Field(ge=1, le=86_400), AfterValidator(_divides_a_day)] = 3_600
    payload_days: Annotated[int, Field(ge=1, le=36_500)] = 1_825
    refusal_days: Annotated[int, Field(ge=1, le=36_500)] = 365


class TelemetrySection(_Section):
    """`[telemetry]`: where spans go."""

    exporter: Literal["none", "console"] = "none"


class MailSection(_Section):
    """`[notices.mail]`: the server that notices are handed to; without this section the gateway sends no mail."""

    host: str
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    sender: Annotated[str, Field(pattern=r"^[^\s@<>]+@[^\s@<>]+$")]
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: Annotated[SecretText | None, Field(repr=False, exclude=True)] = None

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if (self.user is None) is not (self.password is None):
            raise ValueError("`user` and `password` go together: give both or neither")
        if self.security == "none" and (self.host not in LOOPBACK or self.user is not None):
            raise ValueError('`security = "none"` is for a server on loopback without a user: give "starttls" or "tls"')
        return self


class NoticesSection(_Section):
    """`[notices]`: how notices are delivered. `networks`: those that webhooks may reach though they are not public."""

    networks: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)] = ()
    deadline_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 10.0
    give_up_days: Annotated[int, Field(ge=1)] = 3
    keep_days: Annotated[int, Field(ge=1)] = 1_825
    mail: MailSection | None = None


class SourceEntry(_Section):
    """One `[[sources]]`: a platform and how it is read."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$"), AfterValidator(_own)]
    connector: str
    operator: str | None = None
    url: Annotated[str, AfterValidator(_platform)]
    private_hosts: Annotated[tuple[str, ...], AfterValidator(_hosts)] = ()
    credentials: Annotated[dict[str, SecretText], Field(repr=False, exclude=True)] = {}
    marking: Annotated[dict[str, Any], AfterValidator(_readable)]
    originators: dict[str, str] = {}
    options: dict[str, Any] = {}


class Settings(_Section):
    """A valid configuration, secrets resolved; none of them shows in a representation."""

    gateway: GatewaySection
    store: StoreSection = StoreSection()
    keys: KeysSection
    identity: IdentitySection = IdentitySection()
    limits: LimitsSection = LimitsSection()
    ledger: LedgerSection = LedgerSection()
    telemetry: TelemetrySection = TelemetrySection()
    notices: NoticesSection = NoticesSection()
    sources: tuple[SourceEntry, ...] = ()

    def source_settings(self, entry: SourceEntry) -> SourceSettings:
        """What the source's connector gets."""
        return SourceSettings(
            name=entry.name,
            url=entry.url,
            marking=read_marking(entry.marking),
            credentials={key: secret.decode() for key, secret in entry.credentials.items()},
            options=entry.options,
            originators=entry.originators,
        )
