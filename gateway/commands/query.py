"""`slt-gateway query`: asks a gateway over HTTP and prints what comes, as a table, JSON, CSV or GeoJSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from gateway.errors import BadInput, Unauthenticated

SECONDS = 60.0


def ask(
    document: str,
    url: str,
    client_id: str,
    secret_file: Path | None,
    variables: Mapping[str, object] | None = None,
    language: str = "en",
) -> dict[str, Any]:
    """The answer's JSON; raises `BadInput` or `Unauthenticated` with what to do."""
    text = _document(document)
    if "{" not in text:
        raise BadInput(f"`{document}` is neither a file nor a GraphQL document")
    if not client_id or secret_file is None:
        raise Unauthenticated("give --client-id and --client-secret-file, or SLT_CLIENT_ID and SLT_CLIENT_SECRET_FILE")
    secret = secret_file.read_text("utf-8").strip()
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=SECONDS) as http:
            granted = http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret))
            if granted.status_code != 200:
                raise Unauthenticated(f"`{client_id}` got no token: {granted.json().get('error', granted.status_code)}")
            headers = {"Authorization": f"Bearer {granted.json()['access_token']}", "Accept-Language": language}
            body = {"query": text, "variables": variables}
            answer: dict[str, Any] = http.post("/graphql", json=body, headers=headers).json()
    except httpx.HTTPError as error:
        raise BadInput(f"`{url}` does not answer: {type(error).__name__}; is the gateway running there?") from error
    return answer


def _document(document: str) -> str:
    """The text of a file of this name, else the document itself."""
    try:
        return Path(document).read_text("utf-8")
    except (OSError, ValueError):
        return document


def printed(answer: Mapping[str, Any], output: str) -> str:
    """The answer as text. CSV and GeoJSON take the records of the first list in it."""
    if output == "json":
        return json.dumps(answer, indent=2, ensure_ascii=False) + "\n"
    errors = "".join(f"{error['extensions']['code']}: {error['message']}\n" for error in answer.get("errors", ()))
    records = _records(answer.get("data") or {})
    if output == "geojson":
        features = [_feature(record) for record in records]
        return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False) + "\n"
    rows = [dict(_flat(record)) for record in records]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = StringIO()
    if output == "csv":
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerows([{name: _inert(value) for name, value in row.items()} for row in rows])
        return text.getvalue()
    table = Table(*columns)
    for row in rows:
        table.add_row(*(str(row.get(name, "")) for name in columns))
    Console(file=text, width=200).print(table)
    return errors + text.getvalue()


def _records(data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The nodes of the first connection in the answer, else the answer itself as one record."""
    for value in data.values():
        if isinstance(value, dict) and "nodes" in value:
            nodes: list[Mapping[str, Any]] = value["nodes"]
            return nodes
        if isinstance(value, dict) and "edges" in value:
            return [edge["node"] for edge in value["edges"]]
    return [data] if data else []


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and value.get("type") != "Point":
        for name, item in value.items():
            yield from _flat(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list | dict):
        yield path, json.dumps(value, ensure_ascii=False)
    else:
        yield path, "" if value is None else value


def _inert(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _feature(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """RFC 7946: what has no point has a null geometry."""
    location = record.get("location") or {}
    return {"type": "Feature", "geometry": location.get("point"), "properties": dict(record)}
