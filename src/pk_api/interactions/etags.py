"""Entity tags: `W/"n"` with n the version. Bare versions and strong tags are read too.

Source: RFC 9110 8.8.3, 13.1; https://hl7.org/fhir/R4/http.html#cread.
"""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from pk_api.fhir.problems import Problem

ANY = "*"
_TAG = re.compile(r'\s*(?:(?:W/)?"([!#-~]*)"|([A-Za-z0-9\-.]{1,64}))\s*(,\s*(?=\S)|$)')


def tags(header: str | None) -> frozenset[str] | None:
    """Return the tags of If-Match or If-None-Match, `*` alone for any version, None without the header.

    Problem `invalid` for what is no list of tags; a tag of another form than ours is one that nothing has.
    """
    if header is None or header.strip() == ANY:
        return header if header is None else frozenset({ANY})
    found: list[str] = []
    at = 0
    while not found or at < len(header):
        match = _TAG.match(header, at)
        if match is None:
            raise Problem("invalid", 'If-Match and If-None-Match hold * or entity tags of the form W/"1".')
        found.append(match[2] or match[1].replace(ANY, '"*"'))  # a quoted asterisk is a tag that nothing has
        at = match.end()
    return frozenset(found)


def is_known(if_none_match: str | None, version: int) -> bool:
    """Say whether the caller holds this version already."""
    held = tags(if_none_match)
    return held is not None and (ANY in held or str(version) in held)


def is_unmodified(if_modified_since: str | None, updated: datetime) -> bool:
    """Say whether nothing has changed since a time, to the second; what is no time says nothing (RFC 9110).

    A header holds an HTTP date, an entry of a Bundle an instant.
    """
    if if_modified_since is None:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since)
    except ValueError:
        try:
            since = datetime.fromisoformat(if_modified_since)
        except ValueError:
            return False
    if since.tzinfo is None:
        return False
    return updated.replace(microsecond=0) <= since
