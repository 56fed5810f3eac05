"""The table of data elements, walked row by row through both doors.

Each row has a probe: a word is written by `/v1` and read by FHIR, then written by FHIR and read by `/v1`, by
one who may; and one who may not gets nowhere by either, neither writing nor reading. What has no words of
its own, or needs more than one request, has the tests that its row names.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import pytest

from tests.architecture.elements import ELEMENTS
from tests.demo.conftest import Demo
from tests.support.service import as_fhir, bearer, client_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]
CARE, PATIENT, STRANGER = "system-hospital", "patient-stroke", "system-elsewhere"
CONTRACT = "/v1/contracts/stroke-contract"
NAMED = {"reference": "Patient/stroke-patient"}
TOWN, HOME = "system-municipality", "PractitionerRole/home-care-contact"
WORD = "{word}"
_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Probe:
    """A request that writes an element: by whom, where, and with what; `{word}` stands for the word.

    `shown`: where `/v1` shows it, if not where it is written; `reader` reads it; `never` may not write it,
    beside the stranger. `is_own`: the stranger may keep one of its own, which shows nowhere here.
    """

    element: int
    writer: str
    path: str
    body: Json
    shown: str = ""
    reader: str = CARE
    never: tuple[str, ...] = ()
    is_own: bool = False

    def __str__(self) -> str:
        return str(self.element)


def a_contact(kind: str, member: str = "PractitionerRole/stroke-nurse") -> Json:
    telecom = [{"system": "phone", "value": "0980-319202"}]
    return {"kind": kind, "member": {"reference": member}, "hours": WORD, "telecom": telecom}


def a_wish(kind: str, **more: str) -> Json:
    return {"kind": kind, "text": WORD, "to": {"hsaId": "SE2329990010-2001"}, **more}


PROBES = (
    *(
        Probe(row, CARE, "/v1/offers", {"patient": NAMED, "indications": [why], "text": WORD}, is_own=True)
        for row, why in ((2, "complex"), (3, "other-reason"))
    ),
    Probe(
        9, PATIENT, f"{CONTRACT}/communication-needs", {"needs": [{"kind": "other", "text": WORD}]}, CONTRACT
    ),
    Probe(13, PATIENT, f"{CONTRACT}/whatMatters", {"text": WORD}),
    Probe(14, PATIENT, f"{CONTRACT}/notes", {"kind": "story", "text": WORD}),
    Probe(15, PATIENT, f"{CONTRACT}/notes", {"kind": "worry", "text": WORD}),
    Probe(16, CARE, f"{CONTRACT}/goals", {"text": WORD}, reader=PATIENT),
    Probe(17, CARE, f"{CONTRACT}/actions", {"text": WORD, "side": "care"}, reader=PATIENT),
    *(
        Probe(row, CARE, f"{CONTRACT}/contacts", a_contact(kind), reader=PATIENT, never=(PATIENT,))
        for row, kind in ((20, "fast-vardkontakt"), (24, "vardsamordnare"), (27, "kontaktsjukskoterska"))
    ),
    Probe(23, TOWN, f"{CONTRACT}/contacts", a_contact("fast-omsorgskontakt", HOME), never=(PATIENT,)),
    Probe(25, PATIENT, "/v1/wishes", a_wish("contact", contactKind="fast-vardkontakt")),
    Probe(
        28,
        CARE,
        f"{CONTRACT}/plans",
        {"kind": "vardplan", "title": WORD},
        reader=PATIENT,
        never=(PATIENT,),
    ),
    Probe(29, PATIENT, f"{CONTRACT}/coordination-wish", {"state": "wanted", "text": WORD}, CONTRACT),
    Probe(31, PATIENT, f"{CONTRACT}/relatives", {"name": WORD, "relation": "friend"}, is_own=True),
    Probe(32, PATIENT, f"{CONTRACT}/relatives-wish", {"state": "told", "text": WORD}, CONTRACT),
    Probe(34, CARE, f"{CONTRACT}/notes", {"kind": "child-voice", "text": WORD, "toldBy": "care"}),
    Probe(43, PATIENT, f"{CONTRACT}/actions", {"text": WORD, "side": "patient", "kind": "own-action"}),
    Probe(
        42,
        CARE,
        f"{CONTRACT}/actions",
        {"text": WORD, "side": "care", "guarantee": {"type": "specialist-visit", "start": "2026-03-01"}},
        reader=PATIENT,
    ),
    Probe(
        44,
        CARE,
        f"{CONTRACT}/actions",
        {
            "text": WORD,
            "side": "patient",
            "kind": "egenvard",
            "egenvard": {"assessor": {"reference": "Practitioner/cancer-nurse"}, "on": "2026-03-01"},
        },
        reader=PATIENT,
        never=(PATIENT,),
    ),
    Probe(
        46,
        CARE,
        f"{CONTRACT}/actions",
        {"text": WORD, "side": "care", "intervention": "rehabilitating"},
        reader=PATIENT,
    ),
    Probe(
        48,
        CARE,
        f"{CONTRACT}/actions",
        {"text": "Kalla till möte", "owner": {"name": "Arbetsförmedlingen"}, "otherActor": {"contact": WORD}},
        reader=PATIENT,
    ),
    Probe(
        49,
        CARE,
        f"{CONTRACT}/medicines",
        {"kind": "medication-list", "title": WORD, "link": "https://journal.example.org/1"},
        reader=PATIENT,
        never=(PATIENT,),
    ),
    Probe(50, PATIENT, f"{CONTRACT}/messages", {"text": WORD}),
)
WALKED = {each.element for each in PROBES}
_SEVERAL = "several requests, in an order"
_COMPUTED = "nobody writes it: it follows from the rest"
_NO_WORDS = "says no words of anybody's"
NOT_WALKED = {
    1: "one alone: opened in every test",
    4: _SEVERAL,
    5: _COMPUTED,
    6: _SEVERAL,
    7: _COMPUTED,
    8: _NO_WORDS,
    10: _NO_WORDS,
    11: _SEVERAL,
    12: _COMPUTED,
    18: _COMPUTED,
    19: "a part of the contract itself",
    21: "one alone in the contract",
    22: "one alone in the contract",
    26: "participants of one resource",
    30: _COMPUTED,
    33: _NO_WORDS,
    38: _SEVERAL,
    35: "care alone, from the population register",
    45: _NO_WORDS,
    47: _SEVERAL,
}
"""Rows without a probe, and why; the tests that they name show them."""


def filled(body: Any, word: str) -> Any:
    return json.loads(json.dumps(body).replace(WORD, word))


def http(demo: Demo, name: str) -> httpx.AsyncClient:
    return client_of(demo.app, bearer(demo.data, name))


def a_word() -> str:
    return f"ordet{next(_NUMBERS)}x"


async def behind(demo: Demo, probe: Probe, answer: Mapping[str, Any], word: str) -> Json:
    """Return the FHIR resource behind what was written."""
    reference = answer.get("reference")
    if reference is None:
        found = await http(demo, probe.reader).get(
            f"/fhir/Observation?patient={NAMED['reference']}&_count=200"
        )
        (resource,) = [e["resource"] for e in found.json()["entry"] if word in json.dumps(e["resource"])]
        return dict(resource)
    read = await http(demo, probe.reader).get(f"/fhir/{reference}")
    assert read.status_code == 200, read.text
    return dict(read.json())


@pytest.mark.parametrize("probe", PROBES, ids=str)
async def test_an_element_is_written_and_read_through_both_doors(demo: Demo, probe: Probe) -> None:
    writer, reader = http(demo, probe.writer), http(demo, probe.reader)
    word, other = a_word(), a_word()

    made = await writer.post(probe.path, json=filled(probe.body, word))
    assert made.status_code in (200, 201), made.text
    resource = await behind(demo, probe, made.json(), word)
    assert word in json.dumps(resource)

    copied = filled_with(resource, word, other)
    stored = await writer.post(f"/fhir/{copied['resourceType']}", json=copied, headers=as_fhir())
    assert stored.status_code == 201, stored.text
    shown = await reader.get(f"{probe.shown or probe.path}")
    assert other in shown.text


@pytest.mark.parametrize("probe", PROBES, ids=str)
async def test_who_may_not_gets_nowhere_by_either_door(demo: Demo, probe: Probe) -> None:
    word, other = a_word(), a_word()
    made = await http(demo, probe.writer).post(probe.path, json=filled(probe.body, word))
    resource = await behind(demo, probe, made.json(), word)
    stranger = http(demo, STRANGER)
    copied = filled_with(resource, word, other)
    type_ = resource["resourceType"]

    for name in (STRANGER, *probe.never):
        plain = await http(demo, name).post(probe.path, json=filled(probe.body, other))
        by_fhir = await http(demo, name).post(f"/fhir/{type_}", json=copied, headers=as_fhir())
        refused = [each.status_code // 100 == 4 for each in (plain, by_fhir)]
        assert all(refused) or probe.is_own, (name, plain.text, by_fhir.text)
    read = await stranger.get(f"/fhir/{type_}/{resource['id']}")
    found = await stranger.get(f"/fhir/{type_}?_count=200")
    shown = await stranger.get(f"{probe.shown or probe.path}")

    assert read.status_code == 404
    assert word not in found.text
    assert word not in shown.text
    for name in (CARE, PATIENT):
        assert other not in (await http(demo, name).get(CONTRACT)).text
        assert (
            other
            not in (await http(demo, name).get("/fhir/CarePlan/stroke-contract/$as-of?at=2999-01-01")).text
        )


def filled_with(resource: Json, word: str, other: str) -> Json:
    """Return a resource to be created: as it stands, with another word."""
    copied: Json = json.loads(json.dumps(resource).replace(word, other))
    return {name: value for name, value in copied.items() if name not in ("id", "meta")}


async def test_what_no_probe_walks_is_named_with_why() -> None:
    numbers = {each.number for each in ELEMENTS}

    assert numbers - WALKED - NOT_WALKED.keys() == set()
    assert not WALKED & NOT_WALKED.keys()
