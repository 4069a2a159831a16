"""Scalars of the schema."""

from __future__ import annotations

from typing import Any, Self

import strawberry

from policies.values import Position


class GeoJSONPoint(dict[str, Any]):
    """A GeoJSON Point (RFC 7946 section 3.1.2)."""

    @classmethod
    def at(cls, position: Position) -> Self:
        """The point at `position`, longitude first."""
        return cls(type="Point", coordinates=[position.longitude, position.latitude])


GEOJSON_POINT = strawberry.scalar(
    name="GeoJSONPoint",
    description="A GeoJSON Point (RFC 7946): `{type, coordinates: [longitude, latitude]}`.",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc7946#section-3.1.2",
)
