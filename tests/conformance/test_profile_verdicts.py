"""Our verdict by profiles is that of HL7's validator, on Swedish examples and on changed demo resources."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pk_api.fhir.artefacts import own, swedish
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.systems import BASE
from pk_api.fhir.validate import check
from tests.conformance.differences import Difference, explained
from tests.conformance.judge import Said, faults, judged
from tests.support.mutated import DEMO, mutated
from tests.support.profiles import profile_of
from tests.support.swedish_cases import BROKEN, CONTACTS, INERA_IN_R4, KEPT, SE

Json = dict[str, Any]
Claim = tuple[str, Json]

LONG, SHORT = 3000, 120
OTHERS = {
    "CareTeam": (INERA_IN_R4, f"{BASE}/StructureDefinition/pk-plan-team"),
    "CarePlan": (f"{BASE}/StructureDefinition/pk-plan", f"{BASE}/StructureDefinition/pk-patientkontrakt"),
    "Goal": (f"{BASE}/StructureDefinition/pk-goal", f"{BASE}/StructureDefinition/pk-what-matters"),
    "Task": (f"{BASE}/StructureDefinition/pk-action", f"{BASE}/StructureDefinition/pk-proposal"),
    **{
        kind: (f"{SE}SEBase{kind}",)
        for kind in ("Patient", "Practitioner", "PractitionerRole", "Organization")
    },
}
"""Profiles that resources of a type are tried against beside the one that they are meant to follow."""
BESIDE = (
    Difference(
        "FHIR's own extensions",
        "there",
        r"goal-acceptance|resource-pertainsToGoal|must be one of \[Goal\]|Extension\.extension:",
        "Their definitions are not carried.",
    ),
)
"""Where verdicts by profiles differ, beside the differences of the format."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the conformance resources that profiles need, ours and HL7 Sweden's."""
    folder = tmp_path_factory.mktemp("package")
    for one in (*own.resources(), *swedish.resources()):
        (folder / f"{one['resourceType']}-{one['id']}.json").write_text(json.dumps(one), encoding="utf-8")
    return folder


def claims(number: int, seed: int) -> list[Claim]:
    """Return resources with a profile each: the Swedish examples, the demo, and so many changed ones."""
    choice = Random(seed)  # noqa: S311  # the same ones each time
    meant = [(url, one) for one in DEMO if (url := profile_of(one))]
    out = [(f"{SE}{name}", one) for name, one, *_ in (*KEPT, *BROKEN)]
    out += [(INERA_IN_R4, one) for one, _ in CONTACTS] + meant
    wanted = len(out) + number
    while len(out) < wanted:
        url, resource = choice.choice(meant)
        changed = mutated(resource, choice)
        if changed != resource and not check(changed):
            out.append((choice.choice((url, *OTHERS.get(resource["resourceType"], ()))), changed))
    return out


def claiming(url: str, resource: Json) -> Json:
    return {"id": "x", **resource, "meta": {**resource.get("meta", {}), "profile": [url]}}


def differing(claimed: list[Claim], package: Path) -> list[tuple[str, list[str], list[Said]]]:
    """Return what one side refuses and the other does not: profile, our faults, theirs."""
    resources = [claiming(url, resource) for url, resource in claimed]
    theirs = judged([json.dumps(one).encode() for one in resources], package)
    ours = [
        [f"{i.expression}: {i.diagnostics}" for i in KNOWN.check(one, url) if i.severity == "error"]
        for (url, _), one in zip(claimed, resources, strict=True)
    ]
    return [
        (url, here, faults(there))
        for (url, _), here, there in zip(claimed, ours, theirs, strict=True)
        if bool(here) != bool(faults(there))
    ]


def unexplained(found: list[tuple[str, list[str], list[Said]]]) -> list[Any]:
    return [
        (url, here, [f"{said.path}: {said.text}" for said in there])
        for url, here, there in found
        if explained(here, there, BESIDE) is None
    ]


def test_the_verdicts_on_the_swedish_examples_and_the_demo_agree(package: Path) -> None:
    found = differing(claims(SHORT, seed=1), package)

    assert unexplained(found) == []


@pytest.mark.slow
def test_the_verdicts_on_thousands_of_changed_resources_agree(package: Path) -> None:
    found = differing(claims(LONG, seed=2), package)

    print(f"\n{LONG} resources by profiles: {len(found)} verdicts differ")
    assert unexplained(found) == []
    assert len(found) <= LONG / 100
