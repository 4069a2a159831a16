"""The schema as an Apollo Federation subgraph: `_entities` goes through the same door as `node`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import strawberry
from strawberry.federation.schema import FederationAny
from strawberry.types import Info

from gateway.errors import BadInput
from gateway.schema.context import context_of
from gateway.schema.records.information import SecurityInformation
from gateway.schema.records.kinds import KIND_TYPES
from gateway.schema.records.queries import LARGEST_LOOKUP
from policies.vocabulary import InformationKind

# The entities by their names in the schema; the interface stands for every kind.
_KINDS: Final[dict[str, InformationKind | None]] = {
    **{kind_type.__name__: kind for kind, kind_type in KIND_TYPES.items()},
    SecurityInformation.__name__: None,
}


class Subgraph(strawberry.federation.Schema):
    """Strawberry's federation schema, whose entities are looked up together and decided like any other record."""

    def entities_resolver(self, info: Info, representations: list[FederationAny]) -> list[FederationAny]:
        """The records of `representations` in their order; null alike for unlisted, absent, malformed ids.

        Raises `BadInput` for what names no entity.
        """
        asked = [_key(representation) for representation in representations]
        if len(asked) > LARGEST_LOOKUP:
            raise BadInput(f"`representations` has {len(asked)} entities: give at most {LARGEST_LOOKUP}")
        return _found(info, asked)  # type: ignore[return-value]  # graphql-core awaits it


async def _found(info: Info, asked: Sequence[tuple[InformationKind | None, str]]) -> list[Any]:
    found = await context_of(info).find([id_ for _, id_ in asked], [kind for kind, _ in asked])
    return list(found)


def _key(representation: object) -> tuple[InformationKind | None, str]:
    name, id_ = None, None
    if isinstance(representation, dict):
        name, id_ = representation.get("__typename"), representation.get("id")
    if not isinstance(name, str) or name not in _KINDS or not isinstance(id_, str):
        raise BadInput(f"`representations`: each needs `__typename`, one of {', '.join(sorted(_KINDS))}, and `id`")
    return _KINDS[name], id_
