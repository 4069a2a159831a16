"""`[options]` and `[credentials]` of a CAP source."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Unconfigured
from connectors.formats.cap_files import MOST_FILES, origin
from connectors.formats.cap_record import AlertReading
from policies.vocabulary import OrganizationType


class CapFeedOptions(AlertReading, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`index`: the path of the Atom or RSS feed below `url`. `most`: how many messages it may name.

    `hosts`: other origins that the index may name, whose files the source's own host serves as well. `linked_hosts`:
    those that are asked themselves, without the source's credentials; to no other host is a link followed.
    `organization_type`: the originator's type.
    """

    index: str
    hosts: tuple[str, ...] = ()
    linked_hosts: tuple[str, ...] = ()
    most: int = MOST_FILES
    organization_type: OrganizationType = OrganizationType.OTHER

    def __post_init__(self) -> None:
        if not self.index.startswith("/"):
            raise ValueError("`index` is a path below `url` and starts with `/`")
        if not 1 <= self.most <= 10_000:
            raise ValueError("`most` is from 1 to 10000")
        for name, hosts in (("hosts", self.hosts), ("linked_hosts", self.linked_hosts)):
            for host in hosts:
                try:
                    origin(host)
                except ValueError:
                    raise ValueError(f"`{name}`: `{host}` is no origin such as `http://alerts.example`") from None


def read_options(settings: SourceSettings) -> CapFeedOptions:
    """The options of one source; raises `Unconfigured`."""
    try:
        return msgspec.convert(dict(settings.options), CapFeedOptions)
    except msgspec.ValidationError as error:
        raise Unconfigured(f"`options` of `{settings.name}`: {error}") from error


def authorization(credentials: Mapping[str, str]) -> dict[str, str]:
    """The header that the credentials make: a bearer token, a name and password, or none for an open feed."""
    unknown = credentials.keys() - {"token", "username", "password"}
    if unknown:
        raise Unconfigured(f"`credentials.{min(unknown)}`: a CAP source takes `token`, or `username` and `password`")
    if credentials.get("token"):
        return {"authorization": f"Bearer {credentials['token']}"}
    if credentials.get("username") and credentials.get("password"):
        pair = f"{credentials['username']}:{credentials['password']}"
        return {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    if credentials:
        raise Unconfigured("`credentials`: give `token`, or both `username` and `password`")
    return {}
