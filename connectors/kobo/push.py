"""What KoBoToolbox's REST Services push when a submission is created, never when it is edited: verified and read.

Source: KoBoToolbox's REST Services: one POST a submission as JSON (the row that `data.json` has) or XML (the form's own
instance), perhaps a subset of its fields, with custom headers or basic authentication, tried again after 60, 600 and
6,000 seconds. It signs nothing, so the secret is a header's.
"""

from __future__ import annotations

import base64
import hmac
from typing import Any, Final, TypeAlias

import msgspec

from connectors.contract import Push, SourceSettings
from connectors.errors import PushRefused, PushUnusable, Unconfigured
from connectors.formats.xml_document import NotXml, parse
from connectors.kobo.mapping import row_key
from connectors.kobo.options import PushOptions

Row: TypeAlias = dict[str, Any]  # JSON by group path

SECRET: Final = "push_secret"  # noqa: S105 - a credential's name
_SHORTEST_SECRET: Final = 16
# What every whole submission has, answered or not.
_WHOLE: Final = frozenset({"_id", "_uuid", "_submission_time", "_validation_status", "_xform_id_string"})


class Pushed(msgspec.Struct, frozen=True):
    """What a push tells: the submission's key, and the submission where all of it was sent."""

    native: str
    row: Row | None


class PushReader:
    """The pushes of one source; raises `Unconfigured` where no secret protects them."""

    def __init__(self, settings: SourceSettings, options: PushOptions, asset: str) -> None:
        secret = settings.credentials.get(SECRET, "")
        if len(secret) < _SHORTEST_SECRET:
            raise Unconfigured(
                f"`credentials.{SECRET}`: give {_SHORTEST_SECRET} characters or more, and to the REST Service the same"
            )
        self._header, self._whole, self._asset = options.header.lower(), options.whole, asset
        self._expected = secret
        if options.username is not None:
            pair = base64.b64encode(f"{options.username}:{secret}".encode()).decode()
            self._header, self._expected = "authorization", f"Basic {pair}"

    def read(self, push: Push) -> Pushed:
        """What `push` tells; raises `PushRefused` without the secret, `PushUnusable` for no submission."""
        told = push.headers.get(self._header, "")
        if not hmac.compare_digest(told.encode(errors="replace"), self._expected.encode()):
            raise PushRefused(f"a push without the secret in `{self._header}`")
        media_type = push.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type == "application/json":
            return self._of_json(push.body)
        if media_type in ("application/xml", "text/xml"):
            return Pushed(_key(_of_xml(push.body)), None)
        raise PushUnusable("a push that is neither JSON nor XML")

    def _of_json(self, body: bytes) -> Pushed:
        try:
            row = msgspec.json.decode(body, type=Row)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise PushUnusable("a push that is no JSON object") from error
        if row.get("_xform_id_string", self._asset) != self._asset:
            raise PushUnusable("a push of another form: give each form's REST Service a source of its own")
        return Pushed(_key(row), row if self._whole and row.keys() >= _WHOLE else None)


def _of_xml(body: bytes) -> Row:
    """The identity that an instance has in its `meta`, whatever its namespaces."""
    try:
        root = parse(body)
    except NotXml as error:
        raise PushUnusable(f"a push of {error}") from error
    found = {item.tag.rpartition("}")[2]: (item.text or "").strip() for item in root.iterfind("{*}meta/*")}
    return {f"meta/{name}": value for name, value in found.items()}


def _key(row: Row) -> str:
    native = row_key(row.get("meta/rootUuid"), row.get("_uuid")) or row_key(row.get("meta/instanceID"), None)
    if not isinstance(native, str) or not native:
        raise PushUnusable(
            "a push without `meta/rootUuid`, `_uuid` or `meta/instanceID`: add one to the service's fields"
        )
    return native
