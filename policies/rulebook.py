"""The rules as they lie in `policies/rules`: read, named by their ids, and validated against their Cedar schema.

Changing a rule is changing those files and their cases, not Python.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final, NamedTuple

import cedarpy

from policies.clearance import RedactionReason

REQUIRED_ANNOTATIONS: Final = ("id", "basis", "reason", "reason_fr")
# In `@redaction`: the reason is the one that the restriction itself gives (S6).
RESTRICTION: Final = "RESTRICTION"


class InvalidRules(ValueError):
    """The rules don't parse, don't fit their schema, or lack an annotation; nothing is decided with them."""


class Language(Enum):
    """The languages in which reasons are told; the value is BCP 47's."""

    ENGLISH = "en"
    FRENCH = "fr"


class Rule(NamedTuple):
    """One rule's annotations: `basis` is an S-number or "product rule", `reasons` a plain sentence a language."""

    id: str
    basis: str
    reasons: Mapping[Language, str]
    redaction: str | None
    forbids: bool


class Rulebook(NamedTuple):
    """Validated rules, ready to be asked. `version` changes with every byte of rules and schema."""

    rules: Mapping[str, Rule]
    policies: cedarpy.PolicySet
    schema: cedarpy.Schema
    version: str


def rule_files() -> Mapping[str, str]:
    """The installed rule files, by name, in order."""
    folder = files("policies") / "rules"
    return {item.name: item.read_text("utf-8") for item in sorted(folder.iterdir(), key=lambda item: item.name)}


def read_rules(texts: Mapping[str, str]) -> Rulebook:
    """The rulebook of `*.cedar` and `*.cedarschema` texts by file name; raises `InvalidRules` naming rule and fault."""
    schema_text = "\n".join(text for name, text in texts.items() if name.endswith(".cedarschema"))
    rules_text = "\n".join(text for name, text in texts.items() if name.endswith(".cedar"))
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(rules_text))
        schema = cedarpy.Schema.from_str(schema_text)
    except ValueError as error:
        raise InvalidRules(f"`policies/rules`: {error}") from error
    validation = cedarpy.validate_policies(rules_text, schema_text)
    if not validation.validation_passed:
        raise InvalidRules("; ".join(str(error) for error in validation.errors))
    named: dict[str, object] = {}
    rules: dict[str, Rule] = {}
    for number, policy in parsed["staticPolicies"].items():
        notes = policy.get("annotations", {})
        missing = [name for name in REQUIRED_ANNOTATIONS if not notes.get(name)]
        if missing:
            raise InvalidRules(f'`{notes.get("id", number)}`: a rule needs @{missing[0]}("…")')
        if notes["id"] in rules:
            raise InvalidRules(f"`{notes['id']}`: two rules have this id")
        redaction = notes.get("redaction")
        if redaction not in (None, RESTRICTION, *RedactionReason.__members__):
            raise InvalidRules(f'`{notes["id"]}`: @redaction("{redaction}") is no reason: take one of RedactionReason')
        named[notes["id"]] = policy
        reasons = {Language.ENGLISH: notes["reason"], Language.FRENCH: notes["reason_fr"]}
        rules[notes["id"]] = Rule(notes["id"], notes["basis"], reasons, redaction, policy["effect"] == "forbid")
    version = sha256("\0".join(f"{name}\0{text}" for name, text in sorted(texts.items())).encode()).hexdigest()[:16]
    return Rulebook(rules, policy_set(named), schema, version)


def policy_documents(texts: Mapping[str, str]) -> Mapping[str, dict[str, Any]]:
    """The rules of valid texts by id, each in Cedar's JSON form, in the order of their files."""
    rules_text = "\n".join(text for name, text in texts.items() if name.endswith(".cedar"))
    parsed = json.loads(cedarpy.policies_to_json_str(rules_text))["staticPolicies"]
    return {policy["annotations"]["id"]: policy for policy in parsed.values()}


def policy_set(policies: Mapping[str, object]) -> cedarpy.PolicySet:
    """Policies in Cedar's JSON form by id, ready to be asked."""
    document = {"staticPolicies": policies, "templates": {}, "templateLinks": []}
    return cedarpy.PolicySet.from_json_str(json.dumps(document))


def actions_of(policy: Mapping[str, Any]) -> frozenset[str]:
    """The actions, or groups of actions, that a rule in JSON form is of; none named: it is of all."""
    scope = policy["action"]
    return frozenset(item["id"] for item in scope.get("entities", [scope["entity"]] if "entity" in scope else []))
