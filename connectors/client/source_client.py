"""One source's client: what a connector calls, and the order in which its parts are asked."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Collection, Mapping
from hashlib import blake2b
from typing import Final, TypeAlias

import httpx

from connectors.client.answer import Answer, check_media_type, exchange, is_conditional
from connectors.client.bounds import Bounds
from connectors.client.breaker import Breaker
from connectors.client.cache import ValidatorCache
from connectors.client.flights import Deadline, Flight, Flights
from connectors.client.health import Health, Record
from connectors.client.retries import RetryBudget, backoff
from connectors.errors import (
    AddressRefused,
    Late,
    NotAsked,
    RateLimited,
    Retriable,
    SourceError,
    Unconfigured,
    Unusable,
)

# Scheme, host and port.
Origin: TypeAlias = tuple[str, str, int]

_READS: Final = frozenset({"GET", "HEAD"})
_LIMIT: Final = "body_bytes"  # of a request's answer, among its extensions
# A caller's own timeout at the same deadline may end us just before it.
_SAME_MOMENT_SECONDS: Final = 0.005


class SourceClient:
    """One source's client. `base` has no trailing slash; paths are given from it, other origins are refused.

    `http` is `open_http`'s in service. `clock`: seconds that only grow, for breaker, budget and patience; deadlines are
    the running loop's. Raises `Unconfigured` for a `base` that is no URL.
    """

    def __init__(
        self,
        base: str,
        http: httpx.AsyncClient,
        bounds: Bounds | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base = base.rstrip("/")
        try:
            self._origin = origin_of(httpx.URL(self.base))
        except httpx.InvalidURL as error:
            raise Unconfigured(f"`url` is none that can be asked: {error}") from error
        self._http = http
        self._bounds = bounds or Bounds()
        self._clock = clock
        self._breaker = Breaker(self._bounds, clock)
        self._budget = RetryBudget(self._bounds, clock)
        self._cache = ValidatorCache(self._bounds.cache_bytes)
        self._flights = Flights()
        self._places = asyncio.Semaphore(self._bounds.concurrent)
        self._patient_until = 0.0
        self._record = Record()

    def __repr__(self) -> str:
        """The origin and nothing of its credentials."""
        return f"SourceClient({self.base!r})"

    @property
    def health(self) -> Health:
        """How the source is doing now."""
        return Health(
            state=self._record.state,
            breaker=self._breaker.state,
            last_success=self._record.last_success,
            last_failure=self._record.last_failure,
            last_error=self._record.last_error,
            in_flight=self._record.in_flight,
            requests=self._record.requests,
            retries=self._budget.spent,
            patient_seconds=self._patience(),
        )

    async def get(
        self,
        path: str,
        *,
        deadline: float,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        linked: Collection[Origin] = (),
        body_bytes: int | None = None,
    ) -> bytes:
        """The body of `GET base + path`, or of an absolute `path` on the same origin.

        `linked`: origins of others to which the operator lets the platform point. Nothing of `headers` goes there.
        `body_bytes`: a limit below the source's own, for who asks for many at once.
        """
        return await self.send(
            "GET",
            path,
            deadline=deadline,
            parameters=parameters,
            headers=headers,
            linked=linked,
            body_bytes=body_bytes,
        )

    async def send(
        self,
        method: str,
        path: str,
        *,
        deadline: float,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        media_type: str | None = None,
        read: bool | None = None,
        linked: Collection[Origin] = (),
        body_bytes: int | None = None,
    ) -> bytes:
        """The decoded body of one request that must succeed before `deadline` (the running loop's clock).

        `linked`, `body_bytes`: as `get` takes them.
        `read`: whether it changes nothing at the platform, so that it may be asked again and shared; by default GET and
        HEAD are. Raises `AuthenticationRefused` (401, 403), `RateLimited` (429), `Unreachable` (5xx, no connection),
        `NotAsked` (the breaker is open), `AddressRefused`, `Untrusted`, `Late`, and `Unusable` for any other status, a
        body over the limit, or a media type other than `media_type` asked for.
        """
        url = self._resolve(path, linked)
        if origin_of(url) != self._origin:
            headers = None  # credentials among them
        request = self._http.build_request(
            method,
            url if parameters is None else url.copy_merge_params(dict(parameters)),
            headers={"accept-encoding": "gzip", **(headers or {})},
            data=form,
            content=content,
            extensions={_LIMIT: min(self._bounds.body_bytes, body_bytes or self._bounds.body_bytes)},
        )
        if method in _READS if read is None else read:
            key = _key(request, media_type)
            answer = await self._flights.join(key, deadline, lambda until: self._read(key, request, media_type, until))
        else:
            answer = await Flight(lambda until: self._asked(request, media_type, until), deadline).answer(deadline)
        if answer.status == httpx.codes.NOT_MODIFIED:
            # The connector sent a condition of its own, and knows what it holds.
            raise Unusable("status 304", status=answer.status)
        return answer.body

    def note(self, error: SourceError) -> None:
        """An error that the connector could not get over, as where an answer is not the platform's wire format.

        Errors that this client raised are known to it, and noted once; but that a platform has not what it was asked
        for (404) is a failure of the source only where it gets here.
        """
        if error.noted:
            return
        error.noted = True
        self._record.failed(error)
        if isinstance(error, Unusable) and not _asked_amiss(error):
            self._breaker.spoil()

    def renew(self) -> None:
        """The platform says that something is new: whoever asks from now on shares nothing that was asked before."""
        self._flights.part()
        self._cache.clear()

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._http.aclose()

    async def _read(self, key: bytes, request: httpx.Request, media_type: str | None, deadline: Deadline) -> Answer:
        """The answer, asked for again while that may help; unchanged ones from the cache."""
        if request.method != "GET" or is_conditional(request):
            return await self._asked_again(request, media_type, deadline)
        stored = self._cache.get(key)
        if stored is not None:
            request.headers.update(stored.conditions)
        answer = await self._asked_again(request, media_type, deadline)
        if stored is not None and answer.status == httpx.codes.NOT_MODIFIED:
            return stored.answer
        self._cache.put(key, answer)
        return answer

    async def _asked_again(self, request: httpx.Request, media_type: str | None, deadline: Deadline) -> Answer:
        self._budget.earn()
        attempt = 1
        while True:
            try:
                return await self._asked(request, media_type, deadline)
            except Retriable as error:
                pause = backoff(attempt, self._bounds) + (error.after or 0.0)
                in_time = asyncio.get_running_loop().time() + pause < deadline.at
                once_more = attempt < self._bounds.attempts and not isinstance(error, Late | NotAsked)
                if not (once_more and in_time and self._budget.spend()):
                    raise
            attempt += 1
            await asyncio.sleep(pause)

    async def _asked(self, request: httpx.Request, media_type: str | None, deadline: Deadline) -> Answer:
        """One request, when there is a place for it and the platform has not asked for patience."""
        while True:
            await self._wait_patiently(deadline)
            async with self._places:
                if not self._patience():
                    return await self._counted(request, media_type, deadline)

    async def _counted(self, request: httpx.Request, media_type: str | None, deadline: Deadline) -> Answer:
        """One request whose end the breaker and the health get to know."""
        probe, failed = self._breaker.admit(), None
        self._record.requests += 1
        self._record.in_flight += 1
        try:
            answer = await exchange(self._http, request, request.extensions[_LIMIT])
            if answer.status != httpx.codes.NOT_MODIFIED:
                check_media_type(answer, media_type)
            failed = False
            self._record.succeeded()
            return answer
        except SourceError as error:
            failed = _fails(error)
            if not _asked_amiss(error):
                error.noted = True
                self._record.failed(error)
            if isinstance(error, Retriable) and error.after is not None:
                patient = min(error.after, self._bounds.longest_pause_seconds)
                self._patient_until = max(self._patient_until, self._clock() + patient)
            raise
        except asyncio.CancelledError:
            if asyncio.get_running_loop().time() >= deadline.at - _SAME_MOMENT_SECONDS:
                failed = True
                self._record.failed(Late("no complete answer before the deadline"))
            raise
        finally:
            self._record.in_flight -= 1
            self._breaker.settle(probe=probe, failed=failed)

    def _patience(self) -> float:
        """Seconds that the platform has yet asked to be left alone."""
        return max(0.0, self._patient_until - self._clock())

    async def _wait_patiently(self, deadline: Deadline) -> None:
        patience = self._patience()
        if not patience:
            return
        pause = patience + random.uniform(0, self._bounds.first_backoff_seconds)  # noqa: S311 - spreads load
        if asyncio.get_running_loop().time() + pause >= deadline.at:
            refused = RateLimited("not asked: the platform has asked for patience", after=patience)
            refused.noted = True
            raise refused
        await asyncio.sleep(pause)

    def _resolve(self, path: str, linked: Collection[Origin]) -> httpx.URL:
        absolute = path.startswith(("http://", "https://"))
        try:
            url = httpx.URL(path if absolute else self.base + path)
        except httpx.InvalidURL as error:
            raise Unusable("the platform pointed to what is no URL") from error
        # A path can lead away as well: `@` after a host makes that host a user's name.
        if url.userinfo or (origin_of(url) != self._origin and not (absolute and origin_of(url) in linked)):
            raise Unusable("the platform pointed to another host: it is not followed")
        return url


def origin_of(url: httpx.URL) -> Origin:
    """The origin of an address over HTTP (RFC 9110, section 4.3.1)."""
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _key(request: httpx.Request, media_type: str | None) -> bytes:
    """Stands for a request with all its headers; a digest, so that no credential is kept by it."""
    digest = blake2b(digest_size=32)
    for part in (request.method, str(request.url), repr(sorted(request.headers.raw)), media_type or ""):
        digest.update(part.encode() + b"\0")
    digest.update(request.content)
    return digest.digest()


def _fails(error: SourceError) -> bool | None:
    """Whether the breaker counts it: not what the platform says of the request, or what it asks of us.

    A 4xx is an answer; a connection that was never permitted tells nothing.
    """
    if isinstance(error, AddressRefused | NotAsked):
        return None
    return not _refuses(error)


def _refuses(error: SourceError) -> bool:
    """Whether the platform answered, and said no to this request (RFC 9110, section 15.5)."""
    return error.status is not None and 400 <= error.status < 500


def _asked_amiss(error: SourceError) -> bool:
    """Whether the platform has nothing against us, but not what it was asked for: one row's fault, or the source's."""
    return isinstance(error, Unusable) and _refuses(error)
