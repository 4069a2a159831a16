"""The public schema: Strawberry types over views. `schema.graphql` is printed from here."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig

from gateway.schema.records.information import Node, SecurityInformation
from gateway.schema.records.kinds import KIND_TYPES
from gateway.schema.root import Mutation, Query
from gateway.schema.scalars import GEOJSON_POINT, GeoJSONPoint
from gateway.schema.shared import attribute_of
from gateway.schema.subgraph import Subgraph


def build_schema() -> strawberry.federation.Schema:
    """The schema as it is served: an Apollo Federation v2 subgraph from the start."""
    return Subgraph(
        query=Query,
        mutation=Mutation,
        types=[*KIND_TYPES.values(), SecurityInformation, Node],
        config=StrawberryConfig(
            default_resolver=attribute_of,
            disable_field_suggestions=True,
            scalar_map={GeoJSONPoint: GEOJSON_POINT},
        ),
    )


__all__ = ["build_schema"]
