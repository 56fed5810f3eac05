"""Invariants of the other conformance and terminology resources.

Source of keys and texts: `definitions/invariants.json`.
"""

from typing import Final

from pk_api.fhir.validate.rules.terms import Test, Value, are_distinct, descendants, each, has


def _commented(v: Value) -> bool:
    return has(v, "comment") or v.get("equivalence") not in ("narrower", "inexact")


def _codes(v: Value) -> bool:
    levels = [v.get("concept", []), *descendants(v.get("concept"), "concept")]
    return are_distinct(concept.get("code") for level in levels for concept in level)


def _preferred(v: Value) -> bool:
    return are_distinct(i.get("type") for i in v.get("uniqueId", ()) if i.get("preferred") is True)


def _kind(v: Value, kind: str) -> bool:
    return bool(v.get("kind") == kind)


def _documents(v: Value) -> bool:
    return are_distinct((d.get("profile"), d.get("mode")) for d in v.get("document", ()))


def _versions(v: Value) -> bool:
    listed = v.get("definition", {}).get("resource", ())
    return {version for one in listed for version in one.get("fhirVersion", ())} <= set(
        v.get("fhirVersion", ())
    )


def _groups(v: Value) -> bool:
    return set(each(v, "resource", "groupingId")) <= set(each(v, "grouping", "id"))


DEFINITIONAL: Final[dict[str, Test]] = {
    "CapabilityStatement:cpb-1": lambda v: has(v, "rest", "messaging", "document"),
    "CapabilityStatement:cpb-2": lambda v: has(v, "description", "software", "implementation"),
    "CapabilityStatement:cpb-3": lambda v: (
        _kind(v, "instance") or not any(has(m, "endpoint") for m in v.get("messaging", ()))
    ),
    "CapabilityStatement:cpb-7": _documents,
    "CapabilityStatement:cpb-14": lambda v: not _kind(v, "instance") or has(v, "implementation"),
    "CapabilityStatement:cpb-15": lambda v: (
        not _kind(v, "capability") or (has(v, "software") and not has(v, "implementation"))
    ),
    "CapabilityStatement:cpb-16": lambda v: (
        not (_kind(v, "requirements") and has(v, "implementation", "software"))
    ),
    "CapabilityStatement.rest:cpb-9": lambda v: are_distinct(each(v, "resource", "type")),
    "CapabilityStatement.rest.resource:cpb-12": lambda v: are_distinct(each(v, "searchParam", "name")),
    "CodeSystem:csd-1": _codes,
    "ConceptMap.group.element.target:cmd-1": _commented,
    "ConceptMap.group.unmapped:cmd-2": lambda v: v.get("mode") != "fixed" or has(v, "code"),
    "ConceptMap.group.unmapped:cmd-3": lambda v: v.get("mode") != "other-map" or has(v, "url"),
    "ImplementationGuide:ig-2": _versions,
    "ImplementationGuide.definition:ig-1": _groups,
    "NamingSystem:nsd-1": lambda v: not _kind(v, "root") or "uuid" not in set(each(v, "uniqueId", "type")),
    "NamingSystem:nsd-2": _preferred,
    "OperationDefinition.parameter:opd-1": lambda v: has(v, "type", "part"),
    "OperationDefinition.parameter:opd-2": lambda v: not has(v, "searchType") or v.get("type") == "string",
    "OperationDefinition.parameter:opd-3": lambda v: (
        not has(v, "targetProfile") or v.get("type") in ("Reference", "canonical")
    ),
    "SearchParameter:spd-1": lambda v: not has(v, "xpath") or has(v, "xpathUsage"),
    "SearchParameter:spd-2": lambda v: not has(v, "chain") or v.get("type") == "reference",
    "ValueSet.compose.include:vsd-1": lambda v: has(v, "valueSet", "system"),
    "ValueSet.compose.include:vsd-2": lambda v: not has(v, "concept", "filter") or has(v, "system"),
    "ValueSet.compose.include:vsd-3": lambda v: not (has(v, "concept") and has(v, "filter")),
    "ValueSet.expansion.contains:vsd-6": lambda v: has(v, "code", "display"),
    "ValueSet.expansion.contains:vsd-9": lambda v: has(v, "code") or v.get("abstract") is True,
    "ValueSet.expansion.contains:vsd-10": lambda v: not has(v, "code") or has(v, "system"),
}
