from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from connectors.simulation.events import events, share
from connectors.simulation.places import places

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


def test_events_are_the_same_for_the_same_seed_and_no_others() -> None:
    assert events(1, 100, NOW) == events(1, 100, NOW)
    assert events(1, 100, NOW) != events(2, 100, NOW)


def test_the_time_of_day_moves_only_todays_events() -> None:
    later = {event.number: event for event in events(1, 100, NOW + timedelta(hours=9))}
    for event in events(1, 100, NOW):
        assert event.title == later[event.number].title
        if event.occurred.date() < NOW.date() - timedelta(days=2):
            assert event == later[event.number]


@pytest.mark.parametrize("now", [NOW, NOW.replace(hour=0, minute=0), NOW.replace(month=1, day=1, hour=23)])
def test_none_lies_in_the_future_and_the_newest_comes_first(now: datetime) -> None:
    made = events(7, 200, now)
    assert all(event.occurred <= event.shared_at <= now for event in made)
    assert made == sorted(made, key=lambda event: (event.shared_at, event.number), reverse=True)


def test_three_of_five_lie_on_the_last_seven_days_each_with_its_part() -> None:
    days = Counter((NOW.date() - event.occurred.date()).days for event in events(1, 350, NOW))
    assert [days[day] for day in range(7)] == [30] * 7
    assert max(days) <= 60


@pytest.mark.parametrize("platform", ["unsms", "kobo", "acled", "graphql"])
def test_each_platform_knows_each_country_and_each_day(platform: str) -> None:
    made = events(1, 240, NOW)
    told = share(made, platform)
    assert len(told) < len(made)
    recent = [event for event in told if event.occurred >= NOW - timedelta(days=7)]
    assert set(Counter(event.place.country.iso3 for event in recent)) == set(places())
    assert len({event.occurred.date() for event in recent}) >= 7


def test_the_platforms_tell_every_event_between_them_and_some_twice() -> None:
    made = events(1, 240, NOW)
    told = Counter(event.number for name in ("unsms", "kobo", "acled", "graphql") for event in share(made, name))
    assert set(told) == {event.number for event in made}
    assert set(told.values()) == {1, 2}


def test_each_country_has_three_areas_of_two_areas_each() -> None:
    for areas in places().values():
        assert set(Counter(place.admin1.pcode for place in areas).values()) == {2}
        assert len({place.admin2.pcode for place in areas}) == 6
