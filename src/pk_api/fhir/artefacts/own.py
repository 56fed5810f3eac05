"""The product's own artefacts, and the national ones that have no other R4 package."""

from collections.abc import Iterator
from itertools import chain

from pk_api.fhir.artefacts import (
    action_profiles,
    extensions,
    naming,
    operations,
    people_profiles,
    profiles,
    questionnaires,
    requirements,
    searching,
    vocabulary,
)
from pk_api.fhir.artefacts.building import Json


def resources() -> Iterator[Json]:
    """Yield all that the package holds, in the order of its index."""
    described = [
        *extensions.extensions(),
        *chain(profiles.profiles(), action_profiles.profiles(), people_profiles.profiles()),
    ]
    yield from chain(
        vocabulary.code_systems(),
        vocabulary.value_sets(),
        vocabulary.concept_maps(),
        described,
        naming.naming_systems(),
        questionnaires.questionnaires(),
        searching.search_parameters(),
        operations.operation_definitions(),
        requirements.capability_statements(described),
    )
