"""Submissions as they are decoded: into a type made for the keys that one form's rows may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar, cast

import msgspec

from connectors.client import decode_json
from connectors.errors import Unusable
from connectors.field_map.options import FieldMap
from connectors.field_map.readers import Readers, Row, named
from connectors.kobo.form import Form, refuse_keys, refuse_undeclared
from connectors.kobo.options import METADATA, declared

Of = TypeVar("Of")

# Between the codes of a select_multiple.
_SEPARATOR: Final = " "


class Submission(msgspec.Struct, kw_only=True, gc=False):
    """What KoBoToolbox itself says of a submission: JSON of any type, None where it says nothing."""

    id: Any = msgspec.field(name="_id", default=None)
    submitted: Any = msgspec.field(name="_submission_time", default=None)
    validation: Any = msgspec.field(name="_validation_status", default=None)
    uuid: Any = msgspec.field(name="_uuid", default=None)
    root: Any = msgspec.field(name="meta/rootUuid", default=None)


class DataPage(msgspec.Struct, Generic[Of]):
    """`data.json`: rows are read one by one by their own keys."""

    count: int
    next: str | None
    results: list[Of]


class Submissions:
    """The submissions of one form; raises `Unconfigured` where the form asks what is declared nowhere."""

    def __init__(self, form: Form, fields: FieldMap, asset: str) -> None:
        known = declared(fields)
        refuse_undeclared(form, known, asset)
        self._asset = asset
        self._keys = known.union(form)
        self._readers = fields.readers(form, _SEPARATOR)
        names = {field.encode_name: field.name for field in msgspec.structs.fields(Submission)}
        # A key is found soonest in the order in which rows have them: the form's.
        others = [key for key in dict.fromkeys([*sorted(METADATA), *form, *sorted(known)]) if key not in names]
        names |= {key: f"at_{place}" for place, key in enumerate(others)}
        self._type = cast(
            "type[Submission]",
            msgspec.defstruct(
                "Submission",
                [(names[key], Any, msgspec.field(name=key, default=None)) for key in others],
                bases=(Submission,),
                forbid_unknown_fields=True,
            ),
        )
        self._page = cast("Any", DataPage)[self._type]
        self._answers = named([names[path] for path in self._readers.layout])

    def page(self, body: bytes) -> DataPage[Submission]:
        """A page of `data.json`; raises `Unusable`, and `Unconfigured` as `of` does."""
        try:
            page: DataPage[Submission] = decode_json(body, self._page)
        except Unusable:
            for row in decode_json(body, DataPage[dict[str, Any]]).results:
                self._refuse_undeclared(row)
            raise
        return page

    def of(self, row: Mapping[str, Any]) -> Submission:
        """One row; raises `Unconfigured` for a key that is declared nowhere: another version of the form asked it."""
        self._refuse_undeclared(row)
        return msgspec.convert(row, self._type)

    def answers(self, submission: Submission) -> tuple[Row, Readers]:
        """What is mapped of a submission, and its readers."""
        return self._answers(submission), self._readers

    def _refuse_undeclared(self, row: Mapping[str, Any]) -> None:
        refuse_keys([key for key in row if key not in self._keys], self._asset)
