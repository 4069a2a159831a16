"""`[options]` of a GDACS source."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Unconfigured
from connectors.formats.cap_files import origin

AlertLevel = Literal["Green", "Orange", "Red"]
EventType = Literal["EQ", "TS", "VO", "TC", "FL", "DR", "WF"]
# GDACS's feed is read from https, and links to its files by http.
_HOSTS: Final = ("http://www.gdacs.org", "https://www.gdacs.org")


class GdacsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`form`: the RSS feed at `rss`, or the event list in JSON of the last `days`.

    `alert_levels`, `event_types`: the events that are taken. `cap_files`: whether each item's CAP file is read too, for
    shapes, urgency and certainty (RSS only). `hosts`: other origins that items may name, whose files `url` serves.
    """

    form: Literal["rss", "json"] = "rss"
    rss: str = "/xml/rss.xml"
    days: int = 7
    alert_levels: tuple[AlertLevel, ...] = ("Green", "Orange", "Red")
    event_types: tuple[EventType, ...] = ("EQ", "TS", "VO", "TC", "FL", "DR", "WF")
    cap_files: bool = True
    hosts: tuple[str, ...] = _HOSTS

    def __post_init__(self) -> None:
        if not self.rss.startswith("/"):
            raise ValueError("`rss` is a path below `url` and starts with `/`")
        if not 1 <= self.days <= 366:
            raise ValueError("`days` is from 1 to 366")
        for name, taken in (("alert_levels", self.alert_levels), ("event_types", self.event_types)):
            if not taken:
                raise ValueError(f"`{name}` is empty: the source would tell nothing")
        for host in self.hosts:
            try:
                origin(host)
            except ValueError:
                raise ValueError(f"`hosts`: `{host}` is no origin such as `http://www.gdacs.org`") from None


def read_options(settings: SourceSettings) -> GdacsOptions:
    """The options of one source; raises `Unconfigured`."""
    try:
        options = msgspec.convert(dict(settings.options), GdacsOptions)
    except msgspec.ValidationError as error:
        raise Unconfigured(f"`options` of `{settings.name}`: {error}") from error
    if settings.credentials:
        raise Unconfigured(f"`credentials.{min(settings.credentials)}`: GDACS takes none")
    return options
