"""Entity tags: `W/"n"`, n the version. Bare versions and strong tags are read too. Source: RFC 9110 13.1."""

import re

from pk_api.fhir.problems import Problem

_TAG = re.compile(r'\s*(?:(?:W/)?"([^"]*)"|([A-Za-z0-9\-.]{1,64}))\s*(?:,|$)')


def _tags(header: str) -> list[str]:
    tags, at = [], 0
    while at < len(header):
        match = _TAG.match(header, at)
        if match is None:
            raise Problem("invalid", 'An entity tag has the form W/"1".')
        tags.append(match[1] if match[1] is not None else match[2])
        at = match.end()
    return tags


def expected_version(if_match: str | None) -> int | None:
    """Return the version that If-Match asks for; None without it. Problem `invalid` when malformed."""
    if if_match is None:
        return None
    tags = _tags(if_match)
    if len(tags) != 1 or not tags[0].isdecimal() or len(tags[0]) > 9:
        raise Problem("invalid", 'If-Match names one version, such as W/"1".')
    return int(tags[0])


def is_known(if_none_match: str | None, version: int) -> bool:
    """Say whether the caller holds this version already."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or str(version) in _tags(if_none_match)
