"""Invented events, the same for every simulated platform: each platform tells its share of them in its own words."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from random import Random
from typing import Final

import msgspec

from connectors.simulation.places import Place, places
from policies.values import utc
from policies.vocabulary import Impact, IncidentCategory, OrganizationType

RECENT_DAYS: Final = 7
OLDEST_DAYS: Final = 60
_LONGEST_DELAY: Final = timedelta(hours=36)
_ORGANIZATIONS: Final = {
    OrganizationType.INGO: "an international NGO",
    OrganizationType.NNGO: "a national NGO",
    OrganizationType.UN: "a UN agency",
}
_PLATFORMS: Final = ("unsms", "kobo", "acled", "graphql")
_SHARES: Final = 8


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event. Times are UTC; `occurred` ≤ `shared_at` ≤ now; counts are of staff; `actor_name` None: unknown."""

    number: int
    occurred: datetime
    shared_at: datetime
    category: IncidentCategory
    impact: Impact
    place: Place
    title: str
    narrative: str
    killed: int
    injured: int
    kidnapped: int
    arrested: int
    organization_type: OrganizationType
    actor_type: OrganizationType
    actor_name: str | None
    verified: bool
    response: str | None
    plans: str | None


class _Actors(msgspec.Struct):
    type: OrganizationType
    names: list[str]


class _Wording(msgspec.Struct):
    titles: list[str]
    stories: list[str]


class _Words(msgspec.Struct):
    localities: list[str]
    responses: list[str]
    plans: list[str]
    consequences: list[str]
    actors: list[_Actors]
    categories: dict[IncidentCategory, _Wording]


def events(seed: int, count: int, now: datetime) -> list[Event]:
    """`count` events, newest shared first: the same for one seed, count and `now`.

    Three of five lie on the last seven days, today among them and each with its equal part; the others up to 60 days
    back. Countries take turns. Only the times of today's events depend on the time of day of `now`: none is later.
    """
    words = msgspec.convert(tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8")), _Words)
    countries = list(places().values())
    now = utc(now)
    made = [_event(seed, number, now, words, countries[number % len(countries)]) for number in range(count)]
    return sorted(made, key=lambda event: (event.shared_at, event.number), reverse=True)


def share(events: Sequence[Event], platform: str) -> list[Event]:
    """The events that `platform` tells: three of eight, so that some events reach us by two platforms.

    The four platforms of the demo tell every event between them; a platform beyond these gets all of them.
    """
    if platform not in _PLATFORMS:
        return list(events)
    place = _PLATFORMS.index(platform)
    told = {place, place + len(_PLATFORMS), (place + 1) % _SHARES}
    # By fours, since countries take turns by ones: a platform that told every fourth event would know one country.
    return [event for event in events if event.number // 4 % _SHARES in told]


def _event(seed: int, number: int, now: datetime, words: _Words, areas: Sequence[Place]) -> Event:
    random = Random(f"{seed} {number}")  # noqa: S311 - demo data, nothing secret
    occurred, shared_at = _times(random, number, now)
    category = random.choice(list(IncidentCategory))
    place = random.choice(areas)
    place = msgspec.structs.replace(
        place,
        locality=random.choice(words.localities),
        longitude=round(place.longitude + random.uniform(-0.08, 0.08), 5),
        latitude=round(place.latitude + random.uniform(-0.08, 0.08), 5),
    )
    actors = random.choice(words.actors)
    actor = random.choice(actors.names)
    # Every fifth is by nobody that is known.
    named = random.random() > 0.2
    organization_type = random.choice(list(_ORGANIZATIONS))
    held = random.randint(2, 4) if category is IncidentCategory.CONFINE else 0
    wording = words.categories[category]
    filled = {
        "locality": place.locality,
        "area": place.admin1.name,
        "actor": actor if named else "an unidentified group",
        "organization": _ORGANIZATIONS[organization_type],
        "count": str(held or random.randint(2, 6)),
    }
    # Accidents and hazards have no perpetrator.
    by_hand = category not in (IncidentCategory.ACCIDENT, IncidentCategory.HAZARD)
    harm = category in (IncidentCategory.ATTACK, IncidentCategory.ACCIDENT)
    killed = random.choice((0, 0, 0, 1, 2)) if harm else 0
    injured = random.choice((0, 1, 2, 4)) if harm else 0
    arrested = held if held and actors.type is OrganizationType.GOVERNMENT else 0
    title, story = (
        text.format(**filled) for text in random.choice(list(zip(wording.titles, wording.stories, strict=True)))
    )
    return Event(
        number=number,
        occurred=occurred,
        shared_at=shared_at,
        category=category,
        impact=Impact.CRITICAL if killed else Impact.SERIOUS if injured or held else Impact(random.randint(1, 3)),
        place=place,
        title=title,
        narrative=f"{story[0].upper()}{story[1:]} {random.choice(words.consequences)} (Invented report {number}.)",
        killed=killed,
        injured=injured,
        kidnapped=held - arrested,
        arrested=arrested,
        organization_type=organization_type,
        actor_type=actors.type if named and by_hand else OrganizationType.UNKNOWN,
        actor_name=actor if named and by_hand else None,
        verified=random.random() < 0.6,
        response=random.choice(words.responses) if random.random() < 0.8 else None,
        plans=random.choice(words.plans) if random.random() < 0.5 else None,
    )


def _times(random: Random, number: int, now: datetime) -> tuple[datetime, datetime]:
    """When the event occurred and when it was shared, to the second."""
    turn, place = divmod(number, 5)
    days = (3 * turn + place) % RECENT_DAYS if place < 3 else random.randint(RECENT_DAYS, OLDEST_DAYS)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    elapsed = now - midnight if days == 0 else timedelta(days=1)
    occurred = (midnight - timedelta(days=days) + random.random() * elapsed).replace(microsecond=0)
    delay = random.random() * min(_LONGEST_DELAY, now - occurred)
    return occurred, (occurred + delay).replace(microsecond=0)
