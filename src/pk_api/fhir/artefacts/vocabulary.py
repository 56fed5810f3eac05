"""CodeSystems, ValueSets and ConceptMaps, made from the tables of terms.

Sources: https://hl7.org/fhir/R4/codesystem.html, valueset.html, conceptmap.html; NIM-åtgärd of
Socialstyrelsen for the states of an action (SNOMED CT-SE reference set 56421000052109).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.building import Json, artefact, canonical
from pk_api.fhir.artefacts.plan_terms import RIV_PLAN_TYPES, TO_NATIONAL
from pk_api.fhir.artefacts.term_tables import Term, TermTable
from pk_api.fhir.artefacts.terms import NATIONAL, OWN, table

_STATUTE: Final = {
    "code": "statute",
    "description": "A statute that asks for such a plan, by its name and number",
    "type": "string",
}
TASK_STATUS: Final = "http://hl7.org/fhir/task-status"


def code_systems() -> Iterator[Json]:
    """Yield the product's code systems and the national ones that no R4 package carries."""
    for each in (*OWN, *NATIONAL):
        yield _code_system(each)


def _code_system(table_: TermTable) -> Json:
    more: Json = {}
    if table_.oid:
        more["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{table_.oid}"}]
    if table_.publisher:
        more |= {"publisher": table_.publisher, "copyright": table_.publisher}
    else:
        more["valueSet"] = canonical("ValueSet", table_.id)
    if any(term.statutes for term in table_.terms):
        more["property"] = [_STATUTE]
    return artefact(
        "CodeSystem",
        table_.id,
        table_.name,
        url=table_.url,
        title=table_.title,
        description=table_.description,
        lines=[f"{term.code}: {term.sv} ({term.en})" for term in table_.terms],
        **more,
        language="sv",
        caseSensitive=True,
        content="complete",
        count=len(table_.terms),
        concept=[_concept(term) for term in table_.terms],
    )


def _concept(term: Term) -> Json:
    row: Json = {
        "code": term.code,
        "display": term.sv,
        "designation": [{"language": "en", "value": term.en}],
    }
    if term.statutes:
        row["property"] = [{"code": "statute", "valueString": statute} for statute in term.statutes]
    return row


@dataclass(frozen=True, slots=True)
class ValueSetRow:
    """A value set that draws on several systems, or on parts of one."""

    id: str
    name: str
    title: str
    description: str
    include: tuple[Json, ...]
    exclude: tuple[Json, ...] = ()
    url: str | None = None


def _concepts(system: str, *rows: tuple[str, str]) -> Json:
    return {"system": system, "concept": [{"code": code, "display": name} for code, name in rows]}


def _of_table(url: str) -> Json:
    return _concepts(url, *((term.code, term.sv) for term in table(url).terms))


_RELATIVES: Final = _concepts(
    systems.ROLE_CODE,
    ("GUARD", "guardian"),
    ("SPS", "spouse"),
    ("DOMPART", "domestic partner"),
    ("PRN", "parent"),
    ("CHILD", "child"),
    ("SIB", "sibling"),
    ("GRPRN", "grandparent"),
    ("GRNDCHILD", "grandchild"),
    ("FRND", "unrelated friend"),
    ("NBOR", "neighbor"),
)
COMPOSED: Final = (
    ValueSetRow(
        "pk-contact-kind",
        "PkContactKind",
        "Sorters fasta kontakter",
        "Roles of a named contact: the national codes, and the product's for those that have none.",
        (_of_table(systems.KV_FAST_KONTAKT), {"system": systems.CONTACT_ROLE}),
    ),
    ValueSetRow(
        "pk-plan-type",
        "PkPlanType",
        "Sorters planer under patientkontraktet",
        "Kinds of plans under a contract, those that statutes ask for included; not the contract itself.",
        ({"system": systems.PLAN_KIND}, {"system": systems.STATUTORY_PLAN}),
        exclude=(_concepts(systems.PLAN_KIND, (systems.PATIENTKONTRAKT, "Patientkontrakt")),),
    ),
    ValueSetRow(
        "pk-national-plan-type",
        "PkNationalPlanType",
        "Nationella plantyper",
        "The plan types of the national service contract GetCarePlans 2.0.",
        (_of_table(systems.RIV_PLAN_TYPE),),
    ),
    ValueSetRow(
        "pk-relationship",
        "PkRelationship",
        "Närståendes relation till patienten",
        "Relations to the patient, by HL7's codes where there is one.",
        (_RELATIVES, {"system": systems.RELATION}),
    ),
    ValueSetRow(
        "typ-av-fast-kontakt-vs",
        "TypAvFastKontakt",
        "Typ av fast kontakt",
        "The national kinds of named contacts, as Inera's CareTeam guide 0.9 binds to them.",
        (_of_table(systems.KV_FAST_KONTAKT),),
        url="https://fhir.inera.se/ig/careteam/ValueSet/typ-av-fast-kontakt-vs",
    ),
)


def value_sets() -> Iterator[Json]:
    """Yield a value set of each of the product's code systems, and those that are composed."""
    for each in OWN:
        whole = ValueSetRow(each.id, each.name, each.title, each.description, ({"system": each.url},))
        yield _value_set(whole)
    for row in COMPOSED:
        yield _value_set(row)


def _value_set(row: ValueSetRow) -> Json:
    compose: Json = {"include": list(row.include)}
    if row.exclude:
        compose["exclude"] = list(row.exclude)
    more = {"url": row.url} if row.url else {}
    return artefact(
        "ValueSet",
        row.id,
        row.name,
        title=row.title,
        description=row.description,
        lines=[clause["system"] for clause in row.include],
        **more,
        compose=compose,
    )


def concept_maps() -> Iterator[Json]:
    """Yield the maps from the product's plan kinds to the national ones, and of the states of an action."""
    yield _plan_map(
        systems.STATUTORY_PLAN,
        "pk-statutory-plan-to-national",
        "PkStatutoryPlanToNational",
        "Lagstadgade planer",
    )
    yield _plan_map(systems.PLAN_KIND, "pk-plan-kind-to-national", "PkPlanKindToNational", "Planer")
    yield _action_map()


def _plan_map(system: str, map_id: str, name: str, what: str) -> Json:
    by_code: dict[str, list[Json]] = {}
    for at, code, target, equivalence in TO_NATIONAL:
        if at == system:
            by_code.setdefault(code, []).append(_target(target, equivalence))
    terms = table(system).by_code
    elements = [{"code": c, "display": terms[c].sv, "target": targets} for c, targets in by_code.items()]
    return artefact(
        "ConceptMap",
        map_id,
        name,
        title=f"{what} till nationella plantyper",
        description="From the product's kinds of plans to the types of the national service contract.",
        sourceUri=canonical("ValueSet", system.rpartition("/")[2]),
        targetUri=canonical("ValueSet", "pk-national-plan-type"),
        group=[{"source": system, "target": systems.RIV_PLAN_TYPE, "element": elements}],
    )


def _target(code: str | None, equivalence: str) -> Json:
    if code is None:
        return {"equivalence": equivalence}
    row = {"code": code, "display": RIV_PLAN_TYPES.by_code[code].sv, "equivalence": equivalence}
    if equivalence == "narrower":
        row["comment"] = "The plan may be of this type or of another: choose by what it holds."
    return row


_ACTION_STATES: Final = (
    ("397943006", "planerad", "accepted", "equivalent", None),
    ("385651009", "pågående", "in-progress", "equivalent", None),
    ("398166005", "utförd", "completed", "equivalent", None),
    ("385660001", "inte utförd", "failed", "equivalent", None),
    ("410546004", "avbruten", "failed", "narrower", "Say in Task.statusReason that it was broken off."),
    ("89925002", "inställd", "cancelled", "equivalent", None),
)


def _action_map() -> Json:
    elements = []
    for code, display, target, equivalence, comment in _ACTION_STATES:
        row: Json = {"code": target, "equivalence": equivalence, **({"comment": comment} if comment else {})}
        elements.append({"code": code, "display": display, "target": [row]})
    return artefact(
        "ConceptMap",
        "pk-action-state-to-task-status",
        "PkActionStateToTaskStatus",
        title="Åtgärders status till Task.status",
        description="From the Swedish states of an action (SNOMED CT-SE) to the states of a Task.",
        sourceUri="http://snomed.info/sct?fhir_vs=refset/56421000052109",
        targetUri="http://hl7.org/fhir/ValueSet/task-status",
        group=[{"source": systems.SNOMED, "target": TASK_STATUS, "element": elements}],
    )
