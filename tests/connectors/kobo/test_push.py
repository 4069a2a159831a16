"""The webhook: KoBoToolbox's REST Service pushes a submission, and it becomes what a poll would have read."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import ChangePage, SourceSettings
from connectors.errors import AuthenticationRefused, SourceError, Unclaimed, Unconfigured, Unreachable, Unusable
from connectors.kobo import KoboConnector, Push
from connectors.kobo.options import PushOptions
from connectors.kobo.push import PushReader
from connectors.kobo.simulated_service import basic, pushed_json, pushed_xml
from policies.vocabulary import Audience, InformationKind
from tests.connectors.kobo.conftest import CREDENTIALS, Running
from tests.connectors.source import calling, example

SECRET = "an invented secret of the push"
HEADERS = {"x-push-secret": SECRET}


def configured(url: str, secret: str = SECRET, **push: Any) -> KoboConnector:
    source = example("connectors.kobo", url, CREDENTIALS | {"push_secret": secret}, push=push)
    return KoboConnector(source)


async def received(connector: KoboConnector, kobo: Running, push: Push) -> ChangePage:
    async with calling(kobo.url) as call:
        return await connector.receive(push, call)


async def polled(kobo: Running, native: str) -> Any:
    async with calling(kobo.url) as call:
        (record,) = await kobo.connector().lookup(InformationKind.INCIDENT_REPORT, [native], call)
    assert record is not None
    return record


def keyed(row: dict[str, Any]) -> str:
    return str(row["meta/rootUuid"]).removeprefix("uuid:")


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("number", [0, 5, 11])
async def test_a_whole_submission_is_what_a_poll_reads(kobo: Running, whole: bool, number: int) -> None:
    row = kobo.platform.rows[number]
    page = await received(configured(kobo.url, whole=whole), kobo, pushed_json(row, HEADERS))
    assert page.records == [await polled(kobo, keyed(row))]


async def test_a_push_by_xml_says_which_submission_to_read(kobo: Running) -> None:
    row = kobo.platform.rows[3]
    page = await received(configured(kobo.url, whole=True), kobo, pushed_xml(row, HEADERS))
    assert page.records == [await polled(kobo, keyed(row))]


@pytest.mark.parametrize("fields", [["_uuid", "what"], ["meta/rootUuid", "event"], ["meta/instanceID"]], ids=str)
async def test_a_subset_of_the_fields_is_never_taken_for_the_submission(kobo: Running, fields: list[str]) -> None:
    row = next(item for item in kobo.platform.rows if item.get("handling/share_with") == "originator")
    if "meta/instanceID" in fields:
        row["meta/instanceID"] = row["meta/rootUuid"]
    push = pushed_json(row, HEADERS, fields)
    assert b"share_with" not in push.body
    page = await received(configured(kobo.url, whole=True), kobo, push)
    assert page.records == [await polled(kobo, keyed(row))]
    assert page.records[0].marking.audience is Audience.ORIGINATOR


async def test_a_retried_push_gives_the_same_record_and_version(kobo: Running) -> None:
    connector, push = configured(kobo.url, whole=True), pushed_json(kobo.platform.rows[0], HEADERS)
    assert await received(connector, kobo, push) == await received(connector, kobo, push)


async def test_a_submission_that_is_not_given_yet_is_to_be_pushed_again(kobo: Running) -> None:
    row = kobo.platform.rows.pop()
    with pytest.raises(Unreachable):
        await received(configured(kobo.url), kobo, pushed_json(row, HEADERS))


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-push-secret": ""}, {"x-push-secret": SECRET[:-1]}, {"authorization": SECRET}, {"x-push-secret": "é" * 20}],
    ids=str,
)
async def test_a_push_without_the_secret_is_refused_and_nothing_of_it_told(
    kobo: Running, headers: dict[str, str]
) -> None:
    push = pushed_json(kobo.platform.rows[0], headers)
    with pytest.raises(AuthenticationRefused) as caught:
        await received(configured(kobo.url), kobo, push)
    assert SECRET not in str(caught.value) + repr(push)


async def test_basic_authentication_is_a_way_to_give_the_secret(kobo: Running) -> None:
    connector = configured(kobo.url, username="kobo")
    row = kobo.platform.rows[0]
    assert (await received(connector, kobo, pushed_json(row, basic("kobo", SECRET)))).records
    for headers in (basic("kobo", "another secret of sixteen"), basic("other", SECRET), HEADERS):
        with pytest.raises(AuthenticationRefused):
            await received(connector, kobo, pushed_json(row, headers))


async def test_a_push_of_another_form_is_refused(kobo: Running) -> None:
    row = kobo.platform.rows[0] | {"_xform_id_string": "aAnotherForm"}
    with pytest.raises(Unusable, match="another form"):
        await received(configured(kobo.url, whole=True), kobo, pushed_json(row, HEADERS))


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", b"[]"),
        ("application/json", b"{"),
        ("application/json", b'{"event/what": "robbery"}'),
        ("application/json", b"[" * 100_000),
        ("application/xml", b"<form/>"),
        ("application/xml", b"<form><meta><instanceID> </instanceID></meta></form>"),
        ("application/xml", b'<!DOCTYPE f [<!ENTITY e "x">]><f><meta><instanceID>&e;</instanceID></meta></f>'),
        ("text/html", b"<html/>"),
        ("", b"{}"),
    ],
    ids=str,
)
async def test_what_is_no_submission_is_a_typed_failure(kobo: Running, media_type: str, body: bytes) -> None:
    push = Push({"content-type": media_type, **HEADERS}, body[:200_000])
    with pytest.raises(Unusable):
        await received(configured(kobo.url), kobo, push)


@given(body=st.binary() | st.text().map(str.encode), media_type=st.sampled_from(["application/json", "text/xml"]))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_is_a_typed_failure(body: bytes, media_type: str) -> None:
    source = SourceSettings(name="x", url="http://127.0.0.1:9", marking=MARKING, credentials={"push_secret": SECRET})
    reader = PushReader(source, PushOptions(), "aForm")
    try:
        pushed = reader.read(Push({"content-type": media_type, **HEADERS}, body))
    except SourceError:
        return
    assert pushed.native


MARKING = example("connectors.kobo", "http://127.0.0.1:9", CREDENTIALS).marking


async def test_without_a_webhook_in_its_configuration_a_source_takes_none(kobo: Running) -> None:
    with pytest.raises(Unclaimed, match="`push`"):
        await received(kobo.connector(), kobo, pushed_json(kobo.platform.rows[0], HEADERS))


@pytest.mark.parametrize("secret", ["", "too short"])
def test_a_webhook_without_a_secret_does_not_start(secret: str) -> None:
    with pytest.raises(Unconfigured, match=r"`credentials\.push_secret`"):
        configured("http://127.0.0.1:9", secret)


async def test_a_row_that_cannot_be_marked_is_quarantined(kobo: Running) -> None:
    row = kobo.platform.rows[0] | {"handling/share_with": "a word nobody knows"}
    page = await received(configured(kobo.url, whole=True), kobo, pushed_json(row, HEADERS))
    assert not page.records
    assert len(page.quarantined) == 1
    assert msgspec.structs.asdict(page.quarantined[0])["native"] == keyed(row)
