"""The OpenAPI document with examples that live: its ids are those of a contract of a running server.

Beside it the ids as a setting of schemathesis, so that most of what it makes up meets something.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from pk_api.contract.model import examples
from pk_api.contract.parts import PARTS
from pk_api.fhir.systems import HSA_ID
from tests.support.resources import a_patient, an_organization
from tests.support.server import Server
from tests.support.service import HOSPITAL, MUNICIPALITY, REGION, TOLVAN, as_fhir, bearer

Json = dict[str, Any]

DOCUMENT = Path(__file__).parents[2] / "openapi" / "pk-api.json"
NURSE = examples.NEW["contacts"]["member"]["reference"]
OTHERS = ("195009072553", "196101182803")


@dataclass(frozen=True, slots=True)
class Living:
    """What stands on a server: a contract with an item in every part, and one that may be ended."""

    nurse: str
    contract: str
    ended: str
    items: dict[str, str]

    def document(self) -> Json:
        """Return the document with examples of what stands here."""
        text = DOCUMENT.read_text().replace(NURSE, self.nurse).replace(examples.CONTRACT_ID, self.contract)
        document: Json = json.loads(text)
        for path, operations in document["paths"].items():
            for operation in operations.values():
                for parameter in operation.get("parameters", ()):
                    if parameter["name"] == "item":
                        parameter["example"] = self.items[path.split("/")[4]]
                    elif parameter["name"] == "contract" and path.endswith("/status"):
                        parameter["example"] = self.ended
        return document

    def settings(self) -> str:
        """Return the settings of schemathesis (TOML) that make nine of ten ids these."""
        out = [_dictionary("contract", self.contract)]
        out += [_dictionary(part, item) for part, item in self.items.items()]
        for path, name, source in [
            ("^/v1/contracts/[{]contract[}]/(?!status)", "contract", "contract"),
            *[(f"/{part}/[{{]item[}}]", "item", part) for part in self.items],
        ]:
            out.append(
                f"[[operations]]\ninclude-path-regex = '{path}'\n"
                f"parameters = {{ 'path.{name}' = {{ dictionary = '{source}', probability = 0.9 }} }}"
            )
        return "\n\n".join(out)


def living(server: Server) -> Living:
    """Make what stands. The patient of the examples' identity number has no contract: one can be opened."""
    with _client(server, MUNICIPALITY) as http:
        _made(http, "fhir/Organization", an_organization(examples.NEW["team"]["member"]["hsaId"]))
    with _client(server, HOSPITAL) as http:
        _made(http, "fhir/Organization", REGION)
        _made(http, "fhir/Patient", a_patient(TOLVAN))
        nurse = f"PractitionerRole/{_made(http, 'fhir/PractitionerRole', _ROLE)['id']}"
        contract, ended = (_contract(http, number) for number in OTHERS)
        items = {
            part: _made(http, f"v1/contracts/{contract}/{part}", _new(part, nurse))["id"] for part in PARTS
        }
    return Living(nurse, contract, ended, items)


def _dictionary(name: str, value: str) -> str:
    return f"[dictionaries.{name}]\nvalues = ['{value}']"


_ROLE: Json = {
    "resourceType": "PractitionerRole",
    "practitioner": {"display": "Petra Lund"},
    "code": [{"text": "Sjuksköterska"}],
    "identifier": [{"system": HSA_ID, "value": "SE2329990010-N001"}],
}


def _contract(http: httpx.Client, number: str) -> str:
    """Make a contract; return its id."""
    patient = _made(http, "fhir/Patient", a_patient(number))["id"]
    return str(_made(http, "v1/contracts", {"patient": {"reference": f"Patient/{patient}"}})["id"])


def _new(part: str, nurse: str) -> Json:
    body: Json = json.loads(json.dumps(examples.NEW[part]).replace(NURSE, nurse))
    return body


def _client(server: Server, name: str) -> httpx.Client:
    return httpx.Client(base_url=server.base, headers=bearer(server.data, name), timeout=30)


def _made(http: httpx.Client, path: str, body: Json) -> Json:
    headers = as_fhir() if path.startswith("fhir") else {}
    answer = http.post(path, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made
