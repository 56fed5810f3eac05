"""Entity tags: `W/"n"` with n the version. Bare versions and strong tags are read too.

Source: RFC 9110 8.8.3, 13.1.
"""

import re

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
        found.append(match[1] if match[1] is not None else match[2])
        at = match.end()
    return frozenset(found)


def is_known(if_none_match: str | None, version: int) -> bool:
    """Say whether the caller holds this version already."""
    held = tags(if_none_match)
    return held is not None and (ANY in held or str(version) in held)
