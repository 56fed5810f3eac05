"""Where our verdict on a resource may differ from that of HL7's validator, and why: one row for each class.

A disagreement that no row explains fails the tests. `here`: we refuse what the reference lets pass; `there`:
the reference refuses what we take.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.conformance.judge import Said


@dataclass(frozen=True, slots=True)
class Difference:
    """A class of disagreement: who refuses, how that is said (a pattern of the texts), and why."""

    name: str
    refused: str
    said: str
    why: str


DIFFERENCES: Final = (
    Difference(
        "control characters",
        "here",
        r"control characters",
        "R4 forbids characters below 32 but tab, line feed and return; the reference takes them.",
    ),
    Difference(
        "form of a reference",
        "here",
        r"\.reference: a reference is expected|before the id",
        "The reference resolves nothing here and so does not look at texts as `Patient/a b`; this server "
        "could never find what they name.",
    ),
    Difference(
        "type of a reference",
        "here",
        r"\.type: a reference to one of these is expected",
        "R4: the type is that of the target; the reference looks only beside a literal one.",
    ),
    Difference(
        "white space in a primitive",
        "here",
        r"a code is expected|a URI without spaces|a URL without spaces|a date that exists|an absolute URL",
        "A primitive of white space alone that is no text is empty: R4's expressions refuse it.",
    ),
    Difference(
        "null in an array",
        "here",
        r"an array is expected that is not empty|null is not allowed",
        "Null stands in an array only where the array of `_name` has a value; the reference drops it.",
    ),
    Difference(
        "element with an id alone",
        "here",
        r"ele-1:",
        "ele-1 asks for a value or children beside the id; the reference does not apply it to data types.",
    ),
    Difference(
        "media type",
        "here",
        r"a media type is expected",
        "The binding is required (BCP 13); offline the reference takes any text as a media type.",
    ),
    Difference(
        "codes of HL7 v2 and v3",
        "there",
        r"Unknown code '\S*(?:CodeSystem/v[23]-|urn:iso-astm|dicom)",
        "These systems gain codes apart from FHIR, offline the reference knows those of 2018: what may be "
        " a later code passes here.",
    ),
    Difference(
        "code systems that no served type binds to",
        "there",
        r"Unknown code '\S*hl7\.org/",
        "We carry the systems that elements of served types bind to; of others (financial tasks) we know no "
        "codes, and pass them as those of any foreign system.",
    ),
    Difference(
        "a known system without a code",
        "here",
        r"a code of the system is expected",
        "A system of FHIR, HL7 v2 or v3 without a code means nothing; the reference says so in a "
        "CodeableConcept only.",
    ),
    Difference(
        "countries",
        "there",
        r"urn:iso:std:iso:3166",
        "The list of countries is not FHIR's: we do not carry it.",
    ),
    Difference(
        "languages",
        "there",
        r"ValueSet/(?:all-)?languages",
        "We check the syntax of BCP 47 and not the register of its subtags.",
    ),
    Difference(
        "times with fractions",
        "there",
        r"Not a valid time \(null\)",
        "R4's expression for time has fractions of a second; the reference refuses them.",
    ),
    Difference(
        "periods within a day",
        "there",
        r"per-1:",
        "The end of a period includes all of its day (R4, Period); compared by FHIRPath a time and its day "
        "are undecided, which the reference takes as broken.",
    ),
    Difference(
        "short OIDs",
        "there",
        r"OIDs must be valid \([0-2](\.[0-9]+){1,3}\)",
        "R4's expression takes OIDs of few arcs; the reference wants more.",
    ),
    Difference(
        "que-7",
        "there",
        r"que-7:",
        "With the operator `exists` the answer must be a boolean: the reference compares FHIR's boolean with "
        "FHIRPath's and so refuses every answer.",
    ),
    Difference(
        "profiles that FHIR applies by itself",
        "there",
        r"shareablevalueset|shareablecodesystem|vitalsigns|StructureDefinition/(?:bp|bodyweight|heartrate)",
        "Claimed or implied profiles of the core specification: profiles are checked by $validate, and on "
        "writing if they are ours.",
    ),
    Difference(
        "content of definitions",
        "there",
        r"URI values in ValueSet|workgroup extension|ED_SEARCH_|SD_|SNAPSHOT|CONCEPTMAP_"
        r"|is not valid in the code system|Error in search expr",
        "The reference also judges whether definitions make sense (expressions, codes in a ConceptMap).",
    ),
    Difference(
        "definitions of extensions",
        "there",
        r"Extension\.extension:|StructureDefinition/\S+-animal"
        r"|must be one of \[(Goal|Practitioner, Patient, RelatedPerson)\]"
        r"|is not defined by the Extension http://hl7\.org/fhir/StructureDefinition/",
        "FHIR's own extensions are profiles: checked by $validate where we carry them, as ours are.",
    ),
    Difference(
        "faults of the reference",
        "there",
        r"^thrown: |is null \(log",
        "It ends with an error of its own, on `http://example.org` as a reference, on a Range without units.",
    ),
)
"""In the order in which they are tried."""


def explained(
    ours: Sequence[str], theirs: Sequence[Said], more: Sequence[Difference] = ()
) -> Difference | None:
    """Return the class of a disagreement, None when no row, or one of `more`, explains all that was said."""
    side = "here" if ours else "there"
    texts = ours or [f"{said.text} {said.id}" for said in theirs]
    rows = [row for row in (*DIFFERENCES, *more) if row.refused == side]
    found = [next((row for row in rows if re.search(row.said, text)), None) for text in texts]
    return found[0] if found and all(found) else None
