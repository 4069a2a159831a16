"""The source of what is shared here keeps the connectors' contract: pages, order, conditions, look-up, refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.trace import NoOpTracer
from sqlmodel import update

from connectors.client import SourceClient
from connectors.contract import Call, FetchRequest, OrderKey, Page
from connectors.errors import SourceError, Unclaimed, Unreachable
from connectors.kit.oracle import holds, seen
from connectors.records import Incident, Record
from gateway.partnership.admission import add_organization
from gateway.sharing.records.connector import SharedRecords
from gateway.sharing.records.keys import record_ref
from gateway.sharing.records.shelf import Declined, Entered, Lost, Shelf, Submission
from gateway.sharing.subject import Actor
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from gateway.store.tables import RecordShared
from policies.condition import All, Condition, Field, Interval, Operator, Test
from policies.groups import FieldGroup
from policies.marking import Marking, Restriction
from policies.values import Party
from policies.vocabulary import InformationKind, OrganizationCategory, RecordStatus

ORGANIZATIONS = ("harbour-relief", "northwind-aid")
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
ROWS = 60
KIND = InformationKind.INCIDENT_REPORT


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('shelf')}/store.sqlite3")
    migrate(store)
    for name in ORGANIZATIONS:
        add_organization(store, name, name, OrganizationCategory.INGO)
    yield store
    store.close()


@pytest.fixture(scope="module")
def records(store: Store) -> Sequence[Record]:
    """Sixty records of two organizations, of every status, some of one moment."""
    shelf, made = Shelf(store, lambda ref: ref.native), []
    for number in range(ROWS):
        organization = ORGANIZATIONS[number % 2]
        status = list(RecordStatus)[number % 5]
        record = incident(organization, f"row-{number}", status)
        by = Actor(organization=organization, officer="an officer", at=FIRST + timedelta(hours=number // 3))
        (entered,) = shelf.enter([submission(record, f"row-{number}")], by, nobody)
        assert isinstance(entered, Entered)
        made.append(msgspec.structs.replace(record, version="1", shared_at=by.at))
    return made


def incident(
    organization: str, external_id: str, status: RecordStatus = RecordStatus.ACTUAL, **fields: object
) -> Incident:
    marking = Marking(
        originator=organization,
        release_areas=frozenset({"SSD", "SDN"}),
        restrictions=frozenset({Restriction(groups=frozenset({FieldGroup.WHAT}), lifted_for=frozenset({"undss"}))}),
    )
    return Incident(
        ref=record_ref(organization, KIND, external_id, status),
        marking=marking,
        version="",
        status=status,
        shared_at=FIRST,
        originator=Party(id=organization),
        **fields,  # type: ignore[arg-type]  # fields of the record
    )


def submission(record: Record, external_id: str, key: str | None = None) -> Submission:
    digest = msgspec.json.encode(record, order="deterministic")
    return Submission(record=record, external_id=external_id, idempotency_key=key or external_id, digest=digest)


def nobody(_old: Record, _new: Record) -> Lost:
    return Lost()


def call() -> Call:
    client = SourceClient("http://127.0.0.1:9", httpx.AsyncClient(trust_env=False))
    return Call(client=client, deadline=asyncio.get_running_loop().time() + 30, tracer=NoOpTracer())


def pages(store: Store, request: FetchRequest) -> list[Page]:
    async def fetched() -> list[Page]:
        source = SharedRecords(store, lambda: FIRST.timestamp())
        return [page async for page in source.fetch(request, call())]

    return asyncio.run(fetched())


def test_it_gives_what_was_taken_in(store: Store, records: Sequence[Record]) -> None:
    found = [record for page in pages(store, FetchRequest(kind=KIND)) for record in page.records]
    assert {record.ref: record for record in found} == {record.ref: record for record in records}


statuses = st.sets(st.sampled_from(RecordStatus)).map(frozenset)
moments = st.none() | st.integers(-2, 30).map(lambda hours: FIRST + timedelta(hours=hours))
tests: st.SearchStrategy[Condition] = st.one_of(
    st.builds(lambda values: Test(Field.STATUS, Operator.IN, values), statuses),
    st.builds(
        lambda values: Test(Field.ORIGINATOR, Operator.IN, frozenset(values)),
        st.sets(st.sampled_from((*ORGANIZATIONS, "x"))),
    ),
    st.builds(lambda start, end: Test(Field.SHARED, Operator.WITHIN, Interval(start, end)), moments, moments),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    condition=st.none() | st.lists(tests, max_size=3).map(lambda parts: All(tuple(parts))),
    descending=st.booleans(),
    size=st.integers(1, 70),
    limit=st.none() | st.integers(1, 70),
)
def test_pages_hold_what_was_asked_for_in_order_each_once(
    store: Store,
    records: Sequence[Record],
    condition: Condition | None,
    descending: bool,
    size: int,
    limit: int | None,
) -> None:
    wanted = [record for record in records if condition is None or holds(condition, seen(record))]
    wanted.sort(key=lambda record: (record.shared_at, record.ref.native), reverse=descending)
    request = FetchRequest(kind=KIND, condition=condition, order=OrderKey(Field.SHARED, descending), limit=limit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.sharing.records.connector.PAGE_ROWS", size)
        found = pages(store, request)
        assert [record for page in found for record in page.records] == wanted[:limit]
        # Any page leads to exactly what follows.
        first = found[0]
        if first.resume is not None and limit is None:
            rest = pages(store, msgspec.structs.replace(request, resume=first.resume))
            assert [record for page in rest for record in page.records] == wanted[len(first.records) :]
    assert {page.as_of for page in found} == {FIRST}


def test_a_look_up_gives_what_a_fetch_gives(store: Store, records: Sequence[Record]) -> None:
    async def looked_up() -> Sequence[Record | None]:
        source = SharedRecords(store, lambda: FIRST.timestamp())
        keys = [records[3].ref.native, "absent", records[1].ref.native]
        assert await source.lookup(InformationKind.LESSON_LEARNED, keys, call()) == [None] * 3
        return await source.lookup(KIND, keys, call())

    assert asyncio.run(looked_up()) == [records[3], None, records[1]]


def test_what_it_does_not_claim_is_refused_with_the_documented_error(store: Store) -> None:
    async def asked() -> None:
        source = SharedRecords(store, lambda: 0.0)
        assert not source.capabilities.share
        assert not source.capabilities.changes
        with pytest.raises(Unclaimed):
            source.changes(None, call())

    asyncio.run(asked())


def test_a_row_that_can_not_be_read_costs_itself_only(store: Store, records: Sequence[Record]) -> None:
    native = records[7].ref.native
    with store.transaction() as session:
        kept = session.get_one(RecordShared, native).body
        session.exec(update(RecordShared).where(RecordShared.native == native).values(body=b'{"status": "SOON"}'))  # type: ignore[arg-type]
    try:
        (page,) = pages(store, FetchRequest(kind=KIND))
        assert len(page.records) == ROWS - 1
        assert [item.native for item in page.quarantined] == [native]
    finally:
        with store.transaction() as session:
            session.exec(update(RecordShared).where(RecordShared.native == native).values(body=kept))  # type: ignore[arg-type]


def test_a_store_that_can_not_be_read_is_a_sources_failure(tmp_path_factory: pytest.TempPathFactory) -> None:
    bare = open_store(f"sqlite:///{tmp_path_factory.mktemp('bare')}/store.sqlite3")
    with pytest.raises(Unreachable) as raised:
        pages(bare, FetchRequest(kind=KIND))
    assert isinstance(raised.value, SourceError)
    bare.close()


SENDINGS = st.lists(
    st.tuples(
        st.sampled_from(ORGANIZATIONS),
        st.sampled_from(("a", "b")),
        st.sampled_from((RecordStatus.ACTUAL, RecordStatus.DRAFT, RecordStatus.TEST)),
        st.sampled_from(("one", "two")),
        st.sampled_from(("k1", "k2", "k3")),
    ),
    max_size=12,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sendings=SENDINGS)
def test_whatever_is_sent_again_in_whatever_order_one_record_an_id_and_one_receipt_a_key(
    tmp_path_factory: pytest.TempPathFactory,
    sendings: list[tuple[str, str, RecordStatus, str, str]],
) -> None:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('sent')}/store.sqlite3")
    migrate(store)
    for name in ORGANIZATIONS:
        add_organization(store, name, name, OrganizationCategory.INGO)
    shelf = Shelf(store, lambda ref: ref.native)
    receipts: dict[tuple[str, bool, str], tuple[bytes, Entered]] = {}
    stands: dict[str, tuple[str, RecordStatus, int]] = {}
    for number, (organization, external_id, status, title, key) in enumerate(sendings):
        record = incident(organization, external_id, status, title=title)
        sent = submission(record, external_id, key)
        by = Actor(organization=organization, officer="an officer", at=FIRST + timedelta(hours=number))
        (outcome,) = shelf.enter([sent], by, nobody)
        known = receipts.get((organization, status is RecordStatus.TEST, key))
        if known is not None:
            assert outcome == (known[1] if known[0] == sent.digest else Declined.KEY_REUSED)
            continue
        before = stands.get(record.ref.native)
        changed = before is None or before[:2] != (title, status)
        version = 1 if before is None else before[2] + changed
        assert isinstance(outcome, Entered)
        assert (outcome.ref, outcome.version) == (record.ref, version)
        receipts[organization, status is RecordStatus.TEST, key] = (sent.digest, outcome)
        stands[record.ref.native] = (title, status, version)
    found = {record.ref.native: record for page in pages(store, FetchRequest(kind=KIND)) for record in page.records}
    assert {key: (item.title, item.status, int(item.version)) for key, item in found.items()} == stands
    store.close()
