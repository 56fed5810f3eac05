"""Whom the examples are about: one patient, and the units around; all are made up."""

from typing import Any, Final

Json = dict[str, Any]

PATIENT_ID: Final = "k7c2m4q6s2u3w4y5a2c3e4g5i6"
PATIENT: Final[Json] = {"reference": f"Patient/{PATIENT_ID}"}
REGION: Final[Json] = {"kind": "region", "hsaId": "SE2329990010-0001", "name": "Region Exempel"}
_TOWN: Final[Json] = {"kind": "municipality", "hsaId": "SE2329990028-0001", "name": "Exempelköping"}


def _unit(reference: str, hsa_id: str, name: str, organisation: Json) -> Json:
    return {
        "reference": f"Organization/{reference}",
        "name": name,
        "role": None,
        "unit": {"hsaId": hsa_id, "name": name},
        "organisation": organisation,
    }


WARD: Final = _unit("0-c5e6g7i2k3m4o5q6s7u2w3y4a5", "SE2329990010-2007", "Avdelning 7", REGION)
HEALTH_CENTRE: Final = _unit(
    "0-c5e6g7i2k3m4o5q6s7u2w3y4a5", "SE2329990010-2001", "Vårdcentralen Björken", REGION
)
HOME_CARE: Final = _unit("0-d5e6g7i2k3m4o5q6s7u2w3y4a5", "SE2329990028-1001", "Hemsjukvården", _TOWN)
