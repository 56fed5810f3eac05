"""OPERATIONS: what is asked for by `$name`, of the whole service, of a type or of one resource.

Routes, the capability statement and the tests loop over it. Source: https://hl7.org/fhir/R4/operations.html.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from pk_api.fhir.artefacts.contract_operations import definition_of
from pk_api.fhir.artefacts.operations import (
    AGREE,
    AGREEMENT,
    AS_OF,
    CHANGES,
    DECLINE_AGREEMENT,
    DIFF,
    DISCHARGE_SUMMARY,
    GIVE_DISCHARGE_SUMMARY,
    MERGE_RECORD,
    NOTE_DEATH,
    OVERVIEW,
    PROPOSE_AGREEMENT,
    UNMERGE_RECORD,
    VERIFY_AGREEMENT,
)
from pk_api.fhir.artefacts.wish_operations import ANSWER_WISH, ASSIGN_RESPONSIBLE
from pk_api.fhir.problems import Problem
from pk_api.fhir.resource_types import TYPES
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations import (
    agreements,
    code_systems,
    concept_maps,
    discharge,
    lives,
    past,
    pathways,
    value_sets,
    wishes,
)
from pk_api.interactions.operations import export as exporting
from pk_api.interactions.operations.diff import diff
from pk_api.interactions.operations.everything import everything
from pk_api.interactions.operations.meta import meta, meta_add, meta_delete
from pk_api.interactions.operations.one_call import ONE_CALLS, OneCall
from pk_api.interactions.operations.validate import validate
from pk_api.records.records import Records

ALL: Final = frozenset(TYPES)
WRITABLE: Final = frozenset(name for name, type_ in TYPES.items() if type_.is_writable)
_R4: Final = "http://hl7.org/fhir/OperationDefinition"
_BULK: Final = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition"
PATIENT: Final = frozenset({"Patient"})
CARE_PLAN: Final = frozenset({"CarePlan"})
TASK: Final = frozenset({"Task"})
VALUE_SET: Final = frozenset({"ValueSet"})
CODE_SYSTEM: Final = frozenset({"CodeSystem"})
CONCEPT_MAP: Final = frozenset({"ConceptMap"})


Perform = Callable[[Records, Cursors, Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its name without `$`, where it may be asked for, and what performs it.

    `on_type` and `on_instance` hold the resource types at which it may be asked for; `on_job` is at
    `$name/id`, for what another operation has begun. One that changes something is asked for by POST alone.
    """

    name: str
    definition: str
    perform: Perform
    on_system: bool = False
    on_type: frozenset[str] = frozenset()
    on_instance: frozenset[str] = frozenset()
    changes: bool = False
    on_job: bool = False

    def is_at(self, call: Call) -> bool:
        """Say whether it may be asked for at the address of the call."""
        if call.type is None:
            return self.on_job if call.id else self.on_system
        return call.type in (self.on_instance if call.id else self.on_type)


def _of_terms(definition: str, perform: Perform, types: frozenset[str], *, of_one: bool = True) -> Operation:
    return Operation(
        definition.partition("-")[2],
        f"http://hl7.org/fhir/OperationDefinition/{definition}",
        perform,
        on_type=types,
        on_instance=types if of_one else frozenset(),
    )


def _of_contract(definition: str, perform: Perform, *, changes: bool = False) -> Operation:
    name = definition.rpartition("/pk-")[2]
    return Operation(name, definition, perform, on_instance=CARE_PLAN, changes=changes)


def _of_patient(definition: str, perform: Perform) -> Operation:
    name = definition.rpartition("/pk-")[2]
    return Operation(name, definition, perform, on_instance=PATIENT, changes=True)


def _in_one_call(one: OneCall) -> Operation:
    types = frozenset({one.type})
    return Operation(one.code, definition_of(one.code), one, on_instance=types, changes=one.changes)


OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation("meta", f"{_R4}/Resource-meta", meta, on_instance=ALL),
    Operation("meta-add", f"{_R4}/Resource-meta-add", meta_add, on_instance=WRITABLE, changes=True),
    Operation("meta-delete", f"{_R4}/Resource-meta-delete", meta_delete, on_instance=WRITABLE, changes=True),
    Operation(
        "diff",
        DIFF,
        diff,
        on_type=WRITABLE,
        on_instance=WRITABLE,
    ),
    Operation("patientkontrakt", OVERVIEW, past.overview, on_type=PATIENT, on_instance=PATIENT),
    Operation("as-of", AS_OF, past.as_of, on_instance=CARE_PLAN),
    Operation("changes", CHANGES, past.changes, on_instance=CARE_PLAN),
    Operation(
        "validate",
        "http://hl7.org/fhir/OperationDefinition/Resource-validate",
        validate,
        on_type=ALL,
        on_instance=ALL,
    ),
    Operation(
        "everything",
        "http://hl7.org/fhir/OperationDefinition/Patient-everything",
        everything,
        on_type=PATIENT,
        on_instance=PATIENT,
    ),
    _of_terms("ValueSet-expand", value_sets.expand, VALUE_SET),
    _of_terms("ValueSet-validate-code", value_sets.validate_code, VALUE_SET),
    _of_terms("CodeSystem-lookup", code_systems.lookup, CODE_SYSTEM, of_one=False),
    _of_terms("CodeSystem-validate-code", code_systems.validate_code, CODE_SYSTEM),
    _of_terms("CodeSystem-subsumes", code_systems.subsumes, CODE_SYSTEM),
    _of_terms("ConceptMap-translate", concept_maps.translate, CONCEPT_MAP),
    _of_contract(PROPOSE_AGREEMENT, agreements.propose_agreement, changes=True),
    _of_contract(AGREE, agreements.agree, changes=True),
    _of_contract(DECLINE_AGREEMENT, agreements.decline_agreement, changes=True),
    _of_contract(AGREEMENT, agreements.agreement),
    _of_contract(VERIFY_AGREEMENT, agreements.verify_agreement),
    _of_contract(DISCHARGE_SUMMARY, discharge.discharge_summary),
    _of_contract(GIVE_DISCHARGE_SUMMARY, discharge.give_discharge_summary, changes=True),
    Operation("answer-wish", ANSWER_WISH, wishes.answer_wish, on_instance=TASK, changes=True),
    _of_contract(ASSIGN_RESPONSIBLE, wishes.assign_responsible, changes=True),
    _of_patient(MERGE_RECORD, lives.merge),
    _of_patient(UNMERGE_RECORD, lives.unmerge),
    _of_patient(NOTE_DEATH, lives.note_death),
    *map(_in_one_call, ONE_CALLS),
    Operation(
        "apply",
        f"{_R4}/PlanDefinition-apply",
        pathways.apply,
        on_instance=frozenset({"PlanDefinition"}),
        changes=True,
    ),
    Operation("export", f"{_BULK}/export", exporting.export, on_system=True),
    Operation("export", f"{_BULK}/patient-export", exporting.export, on_type=PATIENT),
    Operation("export", f"{_BULK}/group-export", exporting.export, on_instance=frozenset({"Group"})),
    Operation(exporting.STATUS, "", exporting.status, on_job=True),
    Operation(exporting.FILE, "", exporting.file, on_job=True),
)


def find(call: Call) -> Operation:
    """Return the operation that the call asks for. Problem not-supported, method-not-allowed."""
    for operation in OPERATIONS:
        if operation.name == call.operation and operation.is_at(call):
            if operation.changes and not call.is_post:
                raise Problem("method-not-allowed", "This operation takes POST.", facts={"allow": "POST"})
            return operation
    raise Problem("not-supported", "This operation is not supported here.")


def offered() -> dict[str, list[tuple[str, str]]]:
    """Return (name, definition) by resource type, those of the whole service under the empty one."""
    out: dict[str, list[tuple[str, str]]] = {}
    for one in OPERATIONS:
        for place in sorted(one.on_type | one.on_instance) + ([""] if one.on_system else []):
            out.setdefault(place, []).append((one.name, one.definition))
    return out
