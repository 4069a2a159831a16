"""`[options]` of a KoBoToolbox source: one form, and its field map by group path."""

from __future__ import annotations

from typing import Final

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Unconfigured
from connectors.field_map.options import FieldMap, FieldMapOptions
from connectors.field_map.targets import Target

# What KoBoToolbox adds to every row: identity and status, read by the mapping, and who sent it from which device.
METADATA: Final = frozenset(
    {
        *("_id", "_uuid", "_submission_time", "_validation_status", "_submitted_by", "_status", "_geolocation"),
        *("_attachments", "_tags", "_notes", "_xform_id_string", "_supplementalDetails", "_bamboo_dataset_id"),
        *("meta/instanceID", "meta/rootUuid", "meta/deprecatedID", "meta/instanceName", "meta/audit"),
        *("formhub/uuid", "__version__", "_version_", "start", "end", "today"),
    }
)
# Read from the metadata, so no question may say otherwise.
_OF_THE_PLATFORM: Final = (
    *(Target.KEY, Target.VERSION, Target.SHARED, Target.STATUS, Target.STAGE, Target.VERIFICATION),
    *(Target.ORIGINATOR, Target.ORIGINATOR_NAME),
)


class KoboOptions(FieldMapOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`asset`: the form's uid. `page_size`: submissions a request, 1,000 at most."""

    asset: str
    scheme: str = "KoBo"
    page_size: int = 500

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.page_size <= 1000:
            raise ValueError("`page_size` is from 1 to 1000, the most KoBoToolbox gives")
        if not (self.asset.isascii() and self.asset.isalnum()):
            raise ValueError("`asset` is the form's uid: letters and digits")
        taken = [path for path, target in self.fields.items() if target in _OF_THE_PLATFORM]
        if taken:
            raise ValueError(f"`fields`: `{taken[0]}` can't fill that: KoBoToolbox's own metadata do")


def read_options(settings: SourceSettings) -> KoboOptions:
    """The options of one source; raises `Unconfigured`."""
    try:
        return msgspec.convert(dict(settings.options), KoboOptions)
    except msgspec.ValidationError as error:
        raise Unconfigured(f"`options` of `{settings.name}`: {error}") from error


def declared(fields: FieldMap) -> frozenset[str]:
    """All keys that a row may have."""
    return METADATA | fields.declared
