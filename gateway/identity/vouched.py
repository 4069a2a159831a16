"""What a trusted issuer says of a person, and what that comes to here: an organization, capacities, scopes.

The configuration maps the issuer's words; the directory bounds what they give. So an issuer can't make its people
more than their organization is on record with, and what changes there counts at the next request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gateway.partnership.directory import Directory
from gateway.settings import TrustedIssuer
from policies.requester import Requester
from policies.vocabulary import Capacity, Purpose

# OpenID Connect Core section 2.
_LONGEST_SUBJECT: Final = 255
_LONGEST_NAME: Final = 120


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """A person of an organization; `person` is unique among all issuers, `roles` are those the configuration knows.

    `name` is for display; `mail` in small letters.
    """

    issuer: str
    person: str
    name: str
    mail: str | None
    organization: str
    roles: tuple[str, ...]


class Entitled(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may be and do for the organization at this moment."""

    capacities: frozenset[Capacity]
    scopes: frozenset[str]


def vouched(issuer: TrustedIssuer, claims: Mapping[str, Any]) -> Vouched | None:
    """Whom verified `claims` speak of; None where they name no person, or no organization that is mapped."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        return None
    organization = issuer.organization
    if issuer.organization_claim is not None:
        said = claims.get(issuer.organization_claim)
        organization = issuer.organizations.get(said) if isinstance(said, str) else None
    if organization is None:
        return None
    roles = claims.get(issuer.role_claim)
    words = [roles] if isinstance(roles, str) else roles if isinstance(roles, list) else []
    return Vouched(
        issuer=issuer.name,
        person=f"{issuer.name}:{subject}",
        name=_shown(claims.get("name")) or _shown(claims.get("preferred_username")) or subject[:_LONGEST_NAME],
        mail=_mail(claims),
        organization=organization,
        roles=tuple(role for role in issuer.roles if role in words),
    )


def entitled(issuer: TrustedIssuer, who: Vouched, directory: Directory) -> Entitled | None:
    """What `who` may be at this moment; None for who left, and for an organization that is unknown or not mapped.

    A partnership that is suspended or withdrawn is none of that: its people read what is public and their own.
    """
    if who.organization not in directory.members or who.organization not in {
        issuer.organization,
        *issuer.organizations.values(),
    }:
        return None
    if (who.organization, who.person) in directory.departed:
        return None
    given = [role for word, role in issuer.roles.items() if word in who.roles]
    said = frozenset(capacity for role in given for capacity in role.capacities)
    return Entitled(
        capacities=said & directory.roles.get(who.organization, frozenset()),
        scopes=frozenset(issuer.scopes).union(*(role.scopes for role in given)),
    )


def requester_of(
    who: Vouched, may: Entitled, client: str, scopes: frozenset[str], expires: float, directory: Directory, now: float
) -> Requester:
    """The person as one who asks, by `client`, until `expires`; with `scopes` at most."""
    # S5: no agreement has another purpose.
    purpose = Purpose.SAFETY_AND_SECURITY
    return Requester(
        profile=directory.profile(who.organization, purpose, may.scopes & scopes, may.capacities, now),
        client=client,
        person=who.person,
        epoch=directory.epoch,
        token_expires=expires,
    )


def _mail(claims: Mapping[str, Any]) -> str | None:
    address = _shown(claims.get("email"))
    usable = address is not None and "@" in address and claims.get("email_verified", True) is True
    return address.lower() if address is not None and usable else None


def _shown(text: object) -> str | None:
    """A name that can be put before people: one line, not long."""
    if not isinstance(text, str) or not text.strip() or not text.isprintable():
        return None
    return text.strip()[:_LONGEST_NAME]
