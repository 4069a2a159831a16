"""The connector of KoBoToolbox: one form of one account, read live, and told of new submissions by its webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from connectors.contract import (
    Call,
    Capabilities,
    ChangePage,
    FetchRequest,
    OrderKey,
    Page,
    Push,
    Quarantine,
    ReadOnly,
    SourceSettings,
)
from connectors.errors import Quarantined, Unclaimed, Unconfigured, Unreachable, Unusable
from connectors.field_map.options import FieldMap
from connectors.kobo import comparison, query
from connectors.kobo.form import read_form
from connectors.kobo.mapping import KoboMapping, row_key
from connectors.kobo.options import read_options
from connectors.kobo.push import PushReader
from connectors.kobo.submission import DataPage, Submission, Submissions
from connectors.records import Record
from policies.condition import Field
from policies.vocabulary import InformationKind

NEWEST_SHARED: Final = OrderKey(Field.SHARED, descending=True)
_JSON: Final = "application/json"
_KEYS_A_REQUEST: Final = 50
# A form is changed by people, and a question added meanwhile is found in the rows themselves.
_FORM_SECONDS: Final = 600.0


class KoboConnector(ReadOnly):
    """Reads the submissions of one form. Live: every fetch asks KoBoToolbox."""

    kind: ClassVar[str] = "kobo"

    def __init__(self, settings: SourceSettings) -> None:
        if not settings.credentials.get("token"):
            raise Unconfigured("`credentials.token`: KoBoToolbox takes an account's API key")
        options = read_options(settings)
        self._options = options
        self._fields = FieldMap(InformationKind.INCIDENT_REPORT, options, settings.marking)
        self._mapping = KoboMapping(settings, options, self._fields)
        self._asset = f"/api/v2/assets/{options.asset}"
        self._headers = {"authorization": f"Token {settings.credentials['token']}", "accept": _JSON}
        self._push = None if options.push is None else PushReader(settings, options.push, options.asset)
        self._submissions: Submissions | None = None
        self._form_until = float("-inf")
        self.default_marking = settings.marking
        self.capabilities = Capabilities(
            kinds=frozenset({InformationKind.INCIDENT_REPORT}),
            filters=query.filters(self._fields),
            orders=frozenset({NEWEST_SHARED}),
            counts=True,
            lookup=True,
            changes=options.compared,
        )

    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        """Pages of submissions, newest first. `resume` is the `start` of the platform's next link."""
        self._refuse_kind(request.kind)
        if request.order not in (None, NEWEST_SHARED):
            raise Unclaimed.of(self.kind, "orders")
        submissions = await self._current_form(call)
        asked = query.pushed(request.condition, self._fields)
        start = _start(request.resume)
        fetched, told = 0, set[object]()
        while True:
            size = self._options.page_size
            size = size if request.limit is None else max(1, min(size, request.limit - fetched))
            page = await self._page(submissions, asked, start, size, call)
            records, quarantined = self._read(page.results, submissions, told)
            following = None if page.next is None else _next_start(page.next)
            if following is not None and following <= start:
                raise Unusable("a next link that leads back: it is not followed")
            fetched += len(page.results)
            yield Page(
                records=records,
                quarantined=quarantined,
                resume=None if following is None else str(following),
                as_of=datetime.now(UTC),
                total=page.count,
            )
            if following is None or (request.limit is not None and fetched >= request.limit):
                return
            start = following

    async def lookup(self, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:
        """The submissions of these root UUIDs."""
        self._refuse_kind(kind)
        submissions = await self._current_form(call)
        found: dict[str, Record] = {}
        wanted = sorted(set(keys))
        for start in range(0, len(wanted), _KEYS_A_REQUEST):
            few = wanted[start : start + _KEYS_A_REQUEST]
            # Twice as many rows at most: one may have as its `_uuid` what is another's root.
            page = await self._page(submissions, query.keyed(few), 0, 2 * len(few), call)
            found |= {record.ref.native: record for record in self._read(page.results, submissions, set())[0]}
        return [found.get(key) for key in keys]

    def changes(self, since: str | None, call: Call) -> AsyncIterator[ChangePage]:
        """What is new, edited, validated or gone, by a comparison of all submissions; the last page has the watermark.

        A filter on `_submission_time` would miss edits, validations and deletions: they change no time that KoBoToolbox
        tells.
        """
        return self._compared(since, call) if self.capabilities.changes else super().changes(since, call)

    async def _compared(self, since: str | None, call: Call) -> AsyncIterator[ChangePage]:
        known, now = comparison.read_watermark(since), dict[str, str]()
        submissions, told, last, rows = await self._current_form(call), set[object](), -1, 0
        while True:
            # By key and not by position, so that what is deleted meanwhile hides no other row.
            page = await self._page(
                submissions, {"_id": {"$gt": last}}, 0, self._options.page_size, call, sort={"_id": 1}
            )
            if not page.results:
                break
            last, rows = comparison.last_id(page.results, last), rows + len(page.results)
            records, quarantined = self._read(page.results, submissions, told)
            seen = {record.ref.native: comparison.digest(record.version) for record in records}
            now |= seen
            changed = [record for record in records if known.get(record.ref.native) != seen[record.ref.native]]
            yield ChangePage(records=changed, quarantined=quarantined)
        if (await self._page(submissions, {}, 0, 1, call)).count > rows:
            raise Unusable("KoBoToolbox counts more submissions than were read: nothing is taken for deleted")
        yield ChangePage(records=(), removed=sorted(known.keys() - now.keys()), watermark=comparison.watermark(now))

    async def receive(self, push: Push, call: Call) -> ChangePage:
        """The submission that a push of the REST Service tells of, as a poll would read it.

        Raises `PushRefused` for a push without the secret, `PushUnusable` for what is no submission of this form, and
        any other `SourceError` where KoBoToolbox should push again.
        """
        if self._push is None:
            raise Unclaimed.of(self.kind, "push")
        pushed = self._push.read(push)
        submissions = await self._current_form(call)
        if pushed.row is not None:
            records, quarantined = self._read([submissions.of(pushed.row)], submissions, set())
            return ChangePage(records=records, quarantined=quarantined)
        page = await self._page(submissions, query.keyed([pushed.native]), 0, 2, call)
        if not page.results:
            raise Unreachable("a pushed submission that KoBoToolbox does not give yet")
        records, quarantined = self._read(page.results, submissions, set())
        return ChangePage(records=records, quarantined=quarantined)

    async def _page(
        self,
        submissions: Submissions,
        asked: dict[str, object],
        start: int,
        size: int,
        call: Call,
        # One key: KoBoToolbox ignores a sort by several.
        sort: Mapping[str, int] = query.NEWEST,
    ) -> DataPage[Submission]:
        parameters = {
            "format": "json",
            "limit": str(size),
            "start": str(start),
            "sort": msgspec.json.encode(sort).decode(),
        }
        if asked:
            parameters["query"] = msgspec.json.encode(asked).decode()
        return submissions.page(await self._get("/data.json", parameters, call))

    async def _current_form(self, call: Call) -> Submissions:
        """The form, read anew after a while; raises `Unconfigured` where it asks what is declared nowhere."""
        now = asyncio.get_running_loop().time()
        if self._submissions is None or now >= self._form_until:
            form = read_form(await self._get("/", {"format": "json"}, call))
            self._submissions = Submissions(form, self._fields, self._options.asset)
            self._form_until = now + _FORM_SECONDS
        return self._submissions

    async def _get(self, path: str, parameters: dict[str, str], call: Call) -> bytes:
        return await call.client.send(
            "GET",
            self._asset + path,
            deadline=call.deadline,
            parameters=parameters,
            headers=self._headers,
            media_type=_JSON,
        )

    def _read(
        self, rows: Sequence[Submission], submissions: Submissions, told: set[object]
    ) -> tuple[list[Record], list[Quarantine]]:
        """Records, and rows that became none. `told` holds the keys of this fetch."""
        records: list[Record] = []
        quarantined: list[Quarantine] = []
        for row in rows:
            try:
                record = self._mapping.incident(row, submissions)
                if record.ref.native in told:
                    # Pages are cut by position, so a new submission moves the last row of a page onto the next one.
                    raise Quarantined("the row was already told on this or an earlier page")
            except Quarantined as error:
                native = row_key(row.root, row.uuid)
                quarantined.append(Quarantine(str(error), native[:96] if isinstance(native, str) else None))
            else:
                told.add(record.ref.native)
                records.append(record)
        return records, quarantined

    def _refuse_kind(self, kind: InformationKind) -> None:
        if kind not in self.capabilities.kinds:
            raise Unclaimed.of(self.kind, kind.value)


def _next_start(link: str) -> int:
    """Where the next page starts. Only that is taken of the link, so that it leads to no other host or form."""
    values = parse_qs(urlsplit(link).query).get("start", [])
    if len(values) != 1 or not (values[0].isascii() and values[0].isdecimal()):
        raise Unusable("a next link without `start`")
    return int(values[0])


def _start(resume: str | None) -> int:
    if resume is None:
        return 0
    if not (resume.isascii() and resume.isdecimal()):
        raise Unusable("`resume` is none that an earlier page of this source gave")
    return int(resume)
