"""A simulated REST Service: what KoBoToolbox would push of a submission, as JSON or XML, whole or in part."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from connectors.contract import Push

_XFORMS: Final = "http://openrosa.org/xforms"


def pushed_json(row: Mapping[str, Any], headers: Mapping[str, str], fields: Sequence[str] = ()) -> Push:
    """The row as `data.json` has it; of `fields` alone, if given, by the platform's rule."""
    # A name without a slash fits any part of a path, one with a slash the whole.
    patterns = [f"^{field}$" if "/" in field else f"(^|/){field}(/|$)" for field in fields]
    sent = {key: value for key, value in row.items() if not fields or any(re.search(item, key) for item in patterns)}
    return Push({"content-type": "application/json", **headers}, json.dumps(sent).encode())


def pushed_xml(row: Mapping[str, Any], headers: Mapping[str, str]) -> Push:
    """The form's own instance: answers in nested groups, identity in `meta`, and nothing of the platform's own."""
    root = Element(row["_xform_id_string"], id=row["_xform_id_string"], version=row["__version__"])
    for path, value in row.items():
        if path.startswith("_") or path.startswith("meta/") or "/" not in path:
            continue
        inside = root
        *groups, name = path.split("/")
        for group in groups:
            found = inside.find(group)
            inside = SubElement(inside, group) if found is None else found
        SubElement(inside, name).text = str(value)
    meta = SubElement(root, f"{{{_XFORMS}}}meta")
    for name in ("instanceID", "rootUuid", "deprecatedID"):
        if f"meta/{name}" in row:
            SubElement(meta, f"{{{_XFORMS}}}{name}").text = row[f"meta/{name}"]
    return Push({"content-type": "application/xml", **headers}, tostring(root, encoding="UTF-8", xml_declaration=True))


def basic(username: str, password: str) -> Mapping[str, str]:
    """The header of HTTP's basic authentication."""
    return {"authorization": f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"}
