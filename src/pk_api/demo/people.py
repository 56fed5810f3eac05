"""Who is in the demo: organisations, staff and persons, all of them made up.

Telephone numbers are of the series that the Swedish regulator keeps for books and films; the identity numbers
of patients and stand-ins are published test numbers, or a made-up birth date with serial 238 or 239.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation or one of its units; only the top one, the care provider, has a principal."""

    id: str
    hsa_id: str
    name: str
    part_of: str | None = None
    kind: str | None = None
    principal: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Staff:
    """A person in a role at a unit; `id` is that of the PractitionerRole, `licence` made up, for HOSP."""

    id: str
    hsa_id: str
    given: str
    family: str
    role: str
    unit: str
    phone: str
    licence: str | None = None

    @property
    def name(self) -> str:
        """The name as people say it."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class Person:
    """A patient or stand-in; `number` is a 12-digit personal identity number."""

    number: str
    given: str
    family: str
    gender: str

    @property
    def name(self) -> str:
        """The name as people say it."""
        return f"{self.given} {self.family}"

    @property
    def birth_date(self) -> str:
        """The date that the identity number begins with."""
        return f"{self.number[:4]}-{self.number[4:6]}-{self.number[6:8]}"


REGION: Final = Unit("region", "SE2329990010-0001", "Region Exempel", principal="region", phone="0980-319200")
MUNICIPALITY: Final = Unit(
    "municipality", "SE2129990012-0001", "Exempelstads kommun", principal="municipality", phone="0980-319230"
)
REHAB: Final = Unit(
    "private-rehab",
    "SE5569990012-0001",
    "Rörelse och Balans Rehab AB",
    principal="private",
    phone="0980-319240",
)
ELSEWHERE: Final = Unit(
    "elsewhere", "SE2329990028-0001", "Region Annanstans", principal="region", phone="0980-319245"
)

_CARE, _SOCIAL = "vardgivare", "omsorgsgivare"
_UNITS: Final = (
    REGION,
    Unit("hospital", "SE2329990010-1000", "Exempelstads sjukhus", "region", _CARE, phone="0980-319201"),
    Unit("stroke-unit", "SE2329990010-1001", "Strokeenheten", "hospital", _CARE, phone="0980-319202"),
    Unit("orthopaedics", "SE2329990010-1002", "Ortopedkliniken", "hospital", _CARE, phone="0980-319203"),
    Unit("oncology", "SE2329990010-1003", "Onkologkliniken", "hospital", _CARE, phone="0980-319204"),
    Unit(
        "habilitation",
        "SE2329990010-1004",
        "Barn- och ungdomshabiliteringen",
        "region",
        _CARE,
        phone="0980-319205",
    ),
    Unit(
        "old-age-psychiatry",
        "SE2329990010-1005",
        "Äldrepsykiatriska mottagningen",
        "region",
        _CARE,
        phone="0980-319206",
    ),
    Unit("primary-care", "SE2329990010-2001", "Vårdcentralen Björken", "region", _CARE, phone="0980-319210"),
    MUNICIPALITY,
    Unit(
        "municipal-health-care",
        "SE2129990012-1001",
        "Kommunens hemsjukvård",
        "municipality",
        _CARE,
        phone="0980-319231",
    ),
    Unit("home-care", "SE2129990012-1002", "Hemtjänsten Norr", "municipality", _SOCIAL, phone="0980-319232"),
    Unit("school", "SE2129990012-1003", "Björkskolan", "municipality", "other-actor", phone="0980-319233"),
    Unit(
        "social-services",
        "SE2129990012-1004",
        "Socialtjänsten, vuxenenheten",
        "municipality",
        "social-services",
        phone="0980-319234",
    ),
    REHAB,
    Unit(
        "private-rehab-unit",
        "SE5569990012-1001",
        "Rörelse och Balans, mottagningen",
        "private-rehab",
        _CARE,
        phone="0980-319241",
    ),
    ELSEWHERE,
    Unit(
        "elsewhere-unit",
        "SE2329990028-1001",
        "Medicinkliniken i Annanstad",
        "elsewhere",
        _CARE,
        phone="0980-319246",
    ),
)

UNITS: Final[Mapping[str, Unit]] = MappingProxyType({unit.id: unit for unit in _UNITS})


def top(unit: Unit) -> Unit:
    """Return the care provider that a unit belongs to."""
    return unit if unit.part_of is None else top(UNITS[unit.part_of])


_STAFF: Final = (
    Staff(
        "stroke-nurse",
        "SE2329990010-P001",
        "Sanna",
        "Strömberg",
        "Sjuksköterska",
        "stroke-unit",
        "0980-319202",
    ),
    Staff(
        "stroke-physiotherapist",
        "SE2329990010-P002",
        "Oskar",
        "Lindén",
        "Fysioterapeut",
        "stroke-unit",
        "0980-319202",
    ),
    Staff(
        "cancer-nurse",
        "SE2329990010-P003",
        "Karin",
        "Dahl",
        "Kontaktsjuksköterska",
        "oncology",
        "0980-319204",
        licence="000203",
    ),
    Staff("cancer-doctor", "SE2329990010-P004", "Amir", "Rahimi", "Överläkare", "oncology", "0980-319204"),
    Staff(
        "habilitation-coordinator",
        "SE2329990010-P005",
        "Elin",
        "Fors",
        "Vårdsamordnare",
        "habilitation",
        "0980-319205",
    ),
    Staff(
        "habilitation-therapist",
        "SE2329990010-P006",
        "Mikael",
        "Sjö",
        "Arbetsterapeut",
        "habilitation",
        "0980-319205",
    ),
    Staff(
        "psychiatry-nurse",
        "SE2329990010-P007",
        "Nils",
        "Åberg",
        "Sjuksköterska",
        "old-age-psychiatry",
        "0980-319206",
    ),
    Staff(
        "psychiatry-doctor",
        "SE2329990010-P008",
        "Gunilla",
        "Frisk",
        "Chefsöverläkare",
        "old-age-psychiatry",
        "0980-319206",
    ),
    Staff(
        "operation-nurse",
        "SE2329990010-P009",
        "Jenny",
        "Rask",
        "Sjuksköterska",
        "orthopaedics",
        "0980-319203",
    ),
    Staff("surgeon", "SE2329990010-P010", "Henrik", "Wall", "Ortoped", "orthopaedics", "0980-319203"),
    Staff(
        "primary-coordinator",
        "SE2329990010-P011",
        "Petra",
        "Lund",
        "Distriktssköterska",
        "primary-care",
        "0980-319211",
    ),
    Staff(
        "primary-doctor",
        "SE2329990010-P012",
        "Jonas",
        "Ek",
        "Specialist i allmänmedicin",
        "primary-care",
        "0980-319210",
    ),
    Staff(
        "primary-manager",
        "SE2329990010-P013",
        "Maria",
        "Holm",
        "Verksamhetschef",
        "primary-care",
        "0980-319210",
    ),
    Staff(
        "municipal-nurse",
        "SE2129990012-P001",
        "Aisha",
        "Nazari",
        "Sjuksköterska",
        "municipal-health-care",
        "0980-319231",
    ),
    Staff(
        "municipal-therapist",
        "SE2129990012-P002",
        "Tove",
        "Granlund",
        "Arbetsterapeut",
        "municipal-health-care",
        "0980-319231",
    ),
    Staff(
        "home-care-contact",
        "SE2129990012-P003",
        "Berit",
        "Sand",
        "Undersköterska",
        "home-care",
        "0980-319232",
    ),
    Staff(
        "school-contact", "SE2129990012-P004", "David", "Moberg", "Specialpedagog", "school", "0980-319233"
    ),
    Staff(
        "social-worker",
        "SE2129990012-P005",
        "Jasmin",
        "Lindahl",
        "Socialsekreterare",
        "social-services",
        "0980-319234",
    ),
    Staff(
        "rehab-physiotherapist",
        "SE5569990012-P001",
        "Olle",
        "Berg",
        "Fysioterapeut",
        "private-rehab-unit",
        "0980-319241",
    ),
    Staff(
        "elsewhere-doctor", "SE2329990028-P001", "Lena", "Quist", "Läkare", "elsewhere-unit", "0980-319246"
    ),
)

STAFF: Final[Mapping[str, Staff]] = MappingProxyType({row.id: row for row in _STAFF})

STROKE_PATIENT: Final = Person("195009072553", "Sven", "Exempelsson", "male")
CANCER_PATIENT: Final = Person("196101182803", "Birgitta", "Provberg", "female")
CHILD_PATIENT: Final = Person("201605142387", "Alma", "Testlund", "female")
PSYCHIATRY_PATIENT: Final = Person("191212121212", "Tolvan", "Tolvansson", "male")
OPERATION_PATIENT: Final = Person("200302022389", "Frida", "Demström", "female")
DECLINING_PATIENT: Final = Person("200001252386", "Sara", "Mönster", "female")

TEENAGE_PATIENT: Final = Person("201309142386", "Moa", "Exempelgren", "female")

WIFE: Final = Person("195204172380", "Ingrid", "Exempelsson", "female")
TEENAGERS_MOTHER: Final = Person("198111032382", "Karin", "Exempelgren", "female")
FATHER: Final = Person("199002222397", "Erik", "Testlund", "male")
MOTHER: Final = Person("198803212383", "Lisa", "Testlund", "female")
GOD_MAN: Final = Person("196009022390", "Göran", "Provman", "male")
