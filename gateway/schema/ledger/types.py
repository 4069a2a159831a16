"""The schema's types of what the ledger tells an originator."""

from __future__ import annotations

from datetime import datetime

import strawberry

from gateway.schema.paging import ListPage
from gateway.schema.shared import plain
from policies.groups import FieldGroup
from policies.vocabulary import Purpose


@strawberry.type(description="Records that one answer showed alike.")
class DisclosedRecords:
    """Records by how they were shown."""

    groups: list[FieldGroup] = plain("The groups that were shown, exact or generalised.")
    rules: list[str] = plain("Ids of the rules that decided.")
    records: list[strawberry.ID] = plain("Ids of the records.")
    count: int = plain("How many records; more than `records` where some are from before ids were kept.")


@strawberry.type(description="One answer that showed records of yours: to whom, when, for what, and which.")
class Disclosure:
    """A leaf of the originator's tree."""

    id: strawberry.ID = plain("Its id, for proofs.")
    leaf_index: int = plain("Its place in your tree, counted from 0.")
    at: datetime = plain("When it was asked for.")
    organization: str | None = plain("Who was shown them; null once the payload was erased.")
    on_behalf_of: str | None = plain("The member for which that organization asked.")
    purpose: Purpose | None = plain("For what; null once the payload was erased.")
    policy_version: str | None = plain("Which rules decided; null once the payload was erased.")
    shown: list[DisclosedRecords] | None = plain("What was shown; null once the payload was erased.")
    commitment: str = plain("The leaf's data in base64: SHA-256 of salt and payload.")
    salt: str | None = plain("Base64; null once the payload was erased.")
    payload: str | None = plain("Base64 of the MessagePack that is committed to; null once it was erased.")


@strawberry.type(description="A page of disclosures of your records, newest first.")
class DisclosureConnection(ListPage[Disclosure]):
    """A connection."""


@strawberry.type(description="A signed head: what your tree was at a fixed time. Keep it.")
class TreeHead:
    """A signed head."""

    originator: str = plain("Whose tree.")
    size: int = plain("How many leaves it had.")
    root: str = plain("Its root hash (RFC 6962) in base64.")
    time: datetime = plain("The fixed time.")
    signature: str = plain("Ed25519 over five lines, see docs/ledger.md; base64.")


@strawberry.type(description="A page of signed heads of your tree, newest first.")
class TreeHeadConnection(ListPage[TreeHead]):
    """A connection."""


@strawberry.type(description="The public key that verifies heads, as a JSON Web Key (RFC 8037).")
class TreeKey:
    """The key."""

    kty: str = plain("OKP.")
    crv: str = plain("Ed25519.")
    x: str = plain("The key in base64url.")
    kid: str = plain("Its thumbprint (RFC 7638): a new one means a new master secret.")


@strawberry.type(description="Proof that a disclosure is in your tree of a size (RFC 6962 section 2.1.1).")
class InclusionProof:
    """An inclusion proof."""

    leaf_index: int = plain("The disclosure's place.")
    size: int = plain("The tree's size.")
    root: str = plain("The tree's root; compare it with the head that you keep. Base64.")
    path: list[str] = plain("The audit path from the leaf up; base64.")


@strawberry.type(description="Proof that your tree only grew from one size to another (RFC 6962 section 2.1.2).")
class ConsistencyProof:
    """A consistency proof."""

    first: int = plain("The smaller size.")
    second: int = plain("The larger size.")
    first_root: str = plain("Root at the smaller size; base64.")
    second_root: str = plain("Root at the larger size; base64.")
    path: list[str] = plain("The proof's hashes; base64.")
