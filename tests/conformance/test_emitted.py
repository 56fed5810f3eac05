"""What the service answers is valid FHIR: for HL7's validator, with our own package, and for another reader.

The normal run judges what a demo holds and tells of itself; `make conformance` what all tests were answered.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pk_api.fhir.artefacts import own, swedish
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.systems import BASE
from tests.conformance.judge import WRONG, Said, judged
from tests.conformance.page import write_answers
from tests.interactions.conftest import demo, demo_database
from tests.support.reader import as_model
from tests.support.service import Service, pages

__all__ = ["demo", "demo_database"]

PACKAGED = ("StructureDefinition", "CodeSystem", "ValueSet")
UNTRIED = {
    r"Snapshot: Unable to resolve package|Failed to retrieve profile": "offline, or made up by tests",
    r"Unable to expand value set": "value sets of SNOMED CT are not there offline",
    r"que-7|HAPI-0650": "a boolean is not taken for a Boolean; an error of its own",
    r'"this.codeSystem" is null': "fails inside itself, at HL7's own example of a Composition",
    r"obs-7": "takes a coding without a system for the same as one with it, and not the other way round",
    r"Not a valid time": "R4's expression for a time has fractions, and second 60",
    r"must not use the canonical version syntax": "value sets of FHIR itself do",
}
"""Patterns of errors that are none, and why: what the validator cannot know, its faults and FHIR's own."""
LARGEST = 200_000
"""Bytes; the statement of the whole service is judged once, by the normal run."""
CHANCE = re.compile(
    rb"[a-z2-7]{26}(-[a-z2-7]{13})?|\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)|[0-9a-f]{8}-[0-9a-f-]{27}"
    rb'|W/\\"\d+|"versionId":"\d+|_history/\d+|[?][^"]*(?=")'
)
"""Ids, moments, versions and queries: answers that differ in these alone are judged once."""
UNREAD = b'"valueMeta"'
"""R4 has it in extensions, the models of R4B do not."""
WARNINGS = {
    r"CodeSystem is unknown|A definition for CodeSystem|has no system|unknown code system": (
        "national code systems, and those that tests make up, are not there offline"
    ),
    r"None of the codings provided|No code provided, and a code should|not in the value set": (
        "extensible bindings: where Swedish codes are used, FHIR's do not say enough"
    ),
    r"could not be resolved, so no validation": "questionnaires that tests make up",
    r"Unable to resolve|not found|could not be found|unknown extension|Unknown extension": (
        "what is named by a made-up address is nowhere"
    ),
    r"UCUM|display|Display": "names of codes are told as they were written",
    r"dom-6|narrative|whitespace|supported decimals|no system has no defined|XHTML does not have an lang": (
        "given as it was written"
    ),
    r"Attachments have data|measure should contain|Groups should have codes": (
        "given as it was written, by tests"
    ),
    r"[a-z]{3}-0:|should ensure that every concept|has status '|hierarchyMeaning|inherently a collection": (
        "FHIR's own definitions are so"
    ),
    r"doesn't point to an actual": "packages that ours depends on are not there offline",
}
"""Patterns of warnings, and why they stay."""


def own_package(folder: Path) -> Path:
    """Write the artefacts that profiles are made of into the folder, as our package holds them."""
    for resource in (*own.resources(), *swedish.resources()):
        if resource["resourceType"] in PACKAGED:
            name = f"{resource['resourceType']}-{resource['id']}.json"
            (folder / name).write_text(json.dumps(resource), encoding="utf-8")
    return folder


def told(bodies: Sequence[bytes], package: Path) -> list[tuple[str, Said]]:
    """Return what the validator says, each with the type of the answer."""
    judgements = zip(bodies, judged(bodies, package), strict=True)
    return [(json.loads(body)["resourceType"], each) for body, found in judgements for each in found]


def errors(said: Sequence[tuple[str, Said]]) -> list[Any]:
    """Return what is wrong, and warnings that no row of WARNINGS explains."""
    return [
        (kind, each.path, each.text)
        for kind, each in said
        if each.severity in (*WRONG, "warning") and reason(each) is None
    ]


def reason(said: Said) -> str | None:
    """Return why an error is none, or why a warning stays."""
    known = UNTRIED if said.severity in WRONG else UNTRIED | WARNINGS
    return next((why for pattern, why in known.items() if re.search(pattern, said.text)), None)


def listed(said: Sequence[tuple[str, Said]], read: int, different: int) -> str:
    """Return the part of the page that tells of answers."""
    return "\n".join(
        [
            f"The tests were answered with FHIR {read} times; {different} answers differ in more than ids,",
            f"moments and queries. Errors by HL7's validator: {len(errors(said))}.",
            "",
            "Told as errors, and none of them one:",
            "",
            *_rows([each for _, each in said if each.severity in WRONG]),
            "",
            "Warnings that stay:",
            "",
            *_rows([each for _, each in said if each.severity == "warning"]),
            "",
        ]
    )


def _rows(said: Sequence[Said]) -> list[str]:
    first = {reason(each): each.text[:160].replace("|", " ") for each in reversed(said)}
    times = Counter(reason(each) for each in said)
    rows = [f"| {n} | {why} | {first[why]} |" for why, n in times.most_common() if why is not None]
    return ["| times | why | example |", "|---|---|---|", *rows]


@pytest.mark.parametrize("demo_database", ["sqlite"], indirect=True)
async def test_all_that_the_demo_holds_is_valid_and_a_contract_against_its_profile_is_not(
    demo: Service, tmp_path: Path
) -> None:
    bodies = [(await demo.http.get("/fhir/metadata")).content]
    for kind in sorted(TYPES.keys() - {"AuditEvent"}):
        for page in await pages(demo.http, f"/fhir/{kind}?_count=200"):
            bodies += [json.dumps(each["resource"]).encode() for each in page.get("entry", ())]
    bodies.append((await demo.as_("audit-officer").get("/fhir/AuditEvent?_count=40")).content)
    bodies.append((await demo.http.get("/fhir/Patient/stroke-patient/$everything")).content)
    bodies.append((await demo.http.get("/fhir/CarePlan/stroke-contract/_history")).content)
    bodies.append((await demo.http.get("/fhir/CarePlan?nothing=1")).content)
    assert len(bodies) > 150
    profile = f"{BASE}/StructureDefinition/pk-patientkontrakt"
    plan = {"resourceType": "CarePlan", "meta": {"profile": [profile]}, "status": "active", "intent": "plan"}
    bodies.append(json.dumps(plan | {"subject": {"reference": "Patient/1"}}).encode())

    found = errors(told(bodies, own_package(tmp_path)))

    assert [one for one in found if profile not in one[2]] == []
    assert any("CarePlan.category: minimum required = 1" in text for _, _, text in found)


@pytest.mark.slow
def test_all_that_the_tests_were_answered_is_valid(tmp_path: Path) -> None:
    folder = Path(os.environ.get("PK_COLLECTED", "build/emitted"))
    bodies = [path.read_bytes() for path in sorted(folder.glob("*.json"))]
    if not bodies:
        pytest.skip(f"{folder} holds no answers: `make conformance` collects them")
    bodies = [body for body in bodies if len(body) <= LARGEST]

    for body in bodies:
        assert UNREAD in body or as_model(json.loads(body, parse_float=Decimal))
    different = list({CHANCE.sub(b"", body): body for body in bodies}.values())
    said = told(different, own_package(tmp_path))
    write_answers(listed(said, len(bodies), len(different)))
    assert errors(said) == []
