"""The ImplementationGuide of the product's artefacts, and the FHIR package that holds them.

Sources: https://hl7.org/fhir/R4/implementationguide.html, https://hl7.org/fhir/R4/packages.html (a package of
NPM with FHIR's own index).
"""

import gzip
import io
import tarfile
from collections.abc import Iterator
from typing import Final

import orjson

from pk_api.fhir.artefacts import own
from pk_api.fhir.artefacts.building import DATE, PUBLISHER, VERSION, Json, artefact, canonical
from pk_api.fhir.artefacts.structures import FHIR_VERSION
from pk_api.fhir.artefacts.swedish_terms import CANONICAL as SWEDISH_CANONICAL
from pk_api.fhir.artefacts.swedish_terms import PACKAGE as SWEDISH_PACKAGE
from pk_api.fhir.systems import BASE

PACKAGE: Final = "org.patientkontrakt.fhir"
GUIDE: Final = canonical("ImplementationGuide", PACKAGE)
SWEDISH_VERSION: Final = "1.0.0"
"""The version of HL7 Sweden's package that is published."""
_TITLE: Final = "Patientkontrakt på HL7 FHIR R4"
_DESCRIPTION: Final = "Profiles, extensions, codes and questions of the shared patientkontrakt."
_OF_INDEX: Final = ("resourceType", "id", "url", "version", "kind", "type")
_EPOCH: Final = 1_795_305_600
"""Time of every file in the package, 2026-11-22 UTC: the same content gives the same bytes."""


def implementation_guide(resources: list[Json]) -> Json:
    """Return the ImplementationGuide of the resources."""
    listed = [
        {
            "reference": {"reference": f"{each['resourceType']}/{each['id']}"},
            "name": each.get("title", each["name"]),
            "description": each["description"],
            "exampleBoolean": False,
        }
        for each in resources
    ]
    sweden = {
        "id": "hl7se-base",
        "uri": f"{SWEDISH_CANONICAL}/ImplementationGuide/{SWEDISH_PACKAGE}",
        "packageId": SWEDISH_PACKAGE,
        "version": SWEDISH_VERSION,
    }
    return artefact(
        "ImplementationGuide",
        PACKAGE,
        "Patientkontrakt",
        title=_TITLE,
        description=_DESCRIPTION,
        packageId=PACKAGE,
        license="CC0-1.0",
        fhirVersion=[FHIR_VERSION],
        dependsOn=[sweden],
        definition={"resource": listed},
    )


def package() -> bytes:
    """Return the installable FHIR package, the same bytes for the same content."""
    resources = list(own.resources())
    files = [
        (f"{each['resourceType']}-{each['id']}.json", each)
        for each in [*resources, implementation_guide(resources)]
    ]
    told = [("package.json", _manifest()), (".index.json", _index(files)), *files]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in told:
            _add(archive, f"package/{name}", content)
    return gzip.compress(packed.getvalue(), mtime=_EPOCH)


def _add(archive: tarfile.TarFile, name: str, content: Json) -> None:
    body = orjson.dumps(content, option=orjson.OPT_INDENT_2)
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(body), _EPOCH, 0o644
    archive.addfile(entry, io.BytesIO(body))


def _manifest() -> Json:
    return {
        "name": PACKAGE,
        "version": VERSION,
        "tools-version": 3,
        "type": "fhir.ig",
        "date": f"{DATE.replace('-', '')}000000",
        "license": "CC0-1.0",
        "canonical": BASE,
        "url": GUIDE,
        "title": _TITLE,
        "description": _DESCRIPTION,
        "fhirVersions": [FHIR_VERSION],
        "dependencies": {"hl7.fhir.r4.core": FHIR_VERSION, SWEDISH_PACKAGE: SWEDISH_VERSION},
        "author": PUBLISHER,
        "jurisdiction": "urn:iso:std:iso:3166#SE",
        "directories": {"lib": "package"},
    }


def _index(files: list[tuple[str, Json]]) -> Json:
    return {"index-version": 1, "files": list(_indexed(files))}


def _indexed(files: list[tuple[str, Json]]) -> Iterator[Json]:
    for name, each in files:
        kept: Json = {key: each[key] for key in _OF_INDEX if key in each}
        yield {"filename": name, **kept}
