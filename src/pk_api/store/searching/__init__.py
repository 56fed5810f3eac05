"""Search: forms of statements, their conditions, where they start, their order, pages and what comes along.

Source: https://hl7.org/fhir/R4/search.html.
"""

from pk_api.store.searching.hierarchies import widened
from pk_api.store.searching.included import included
from pk_api.store.searching.page import search

__all__ = ["included", "search", "widened"]
