"""Scalars of the schema."""

from __future__ import annotations

from typing import Any, NewType

import strawberry

from policies.values import Position

GeoJSONPoint = NewType("GeoJSONPoint", Position)


def _serialize(point: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [point.longitude, point.latitude]}


GEOJSON_POINT = strawberry.scalar(
    name="GeoJSONPoint",
    description="A GeoJSON Point (RFC 7946): `{type, coordinates: [longitude, latitude]}`.",
    serialize=_serialize,
    specified_by_url="https://www.rfc-editor.org/rfc/rfc7946#section-3.1.2",
)
