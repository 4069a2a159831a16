"""`[options]` of a KoBoToolbox source: one form, and its field map by group path."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Unconfigured
from connectors.field_map.options import FieldMap, FieldMapOptions
from connectors.field_map.targets import Target
from policies.vocabulary import Verification

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


class Validation(Enum):
    """What KoBoToolbox lets an organization say of a submission; NONE where it said nothing."""

    NONE = "none"
    ON_HOLD = "on_hold"
    APPROVED = "approved"
    NOT_APPROVED = "not_approved"


# What each means where the organization that runs the form says nothing else.
MEANINGS: Final[Mapping[Validation, Verification]] = {
    Validation.NONE: Verification.UNVERIFIED,
    Validation.ON_HOLD: Verification.UNVERIFIED,
    Validation.APPROVED: Verification.VERIFIED,
    Validation.NOT_APPROVED: Verification.REFUTED,
}


class PushOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How KoBoToolbox's REST Service proves itself, and what it sends.

    `header` holds the secret; with `username` it is HTTP's basic authentication instead. `whole`: the service sends all
    fields as JSON, so that a push is read as it is; else it only says which submission to read.
    """

    header: str = "x-push-secret"
    username: str | None = None
    whole: bool = False


class KoboOptions(FieldMapOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`asset`: the form's uid. `page_size`: submissions a request, 1,000 at most.

    `validations`: what the organization means by its validation states. `compared`: changes are found by comparing all
    submissions with those of the last time. `push`: the webhook, if there is one.
    """

    asset: str
    scheme: str = "KoBo"
    page_size: int = 500
    validations: dict[Validation, Verification] = msgspec.field(default_factory=dict)
    compared: bool = False
    push: PushOptions | None = None

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
