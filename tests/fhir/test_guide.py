"""The FHIR package of the product's artefacts: what it holds, and that others can install it."""

import io
import tarfile
from pathlib import Path

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class
from typer.testing import CliRunner

from pk_api.cli import main
from pk_api.fhir.artefacts import own, registry
from pk_api.fhir.artefacts.guide import GUIDE, PACKAGE, package
from pk_api.fhir.systems import BASE
from pk_api.fhir.validate import check


@pytest.fixture(scope="module")
def held() -> dict[str, dict]:
    """The files of the package by their names."""
    with tarfile.open(fileobj=io.BytesIO(package()), mode="r:gz") as archive:
        return {name: orjson.loads(archive.extractfile(name).read()) for name in archive.getnames()}


def test_the_package_says_what_it_is_and_what_it_needs(held: dict[str, dict]) -> None:
    manifest = held["package/package.json"]

    assert (manifest["name"], manifest["canonical"]) == (PACKAGE, BASE)
    assert manifest["fhirVersions"] == ["4.0.1"]
    assert manifest["dependencies"] == {"hl7.fhir.r4.core": "4.0.1", "hl7se.fhir.base": "1.0.0"}


def test_the_package_holds_each_artefact_of_ours_once_and_the_guide(held: dict[str, dict]) -> None:
    resources = {
        each["url"] if "url" in each else each["id"]: each for each in held.values() if "resourceType" in each
    }
    ours = {each["url"] if "url" in each else each["id"]: each for each in own.resources()}

    assert {key: each for key, each in resources.items() if key != GUIDE} == ours
    assert resources[GUIDE]["packageId"] == PACKAGE


def test_the_package_does_not_hold_what_others_publish(held: dict[str, dict]) -> None:
    assert [name for name, each in held.items() if "hl7.se" in each.get("url", "")] == []


def test_the_index_names_every_file_with_its_canonical(held: dict[str, dict]) -> None:
    rows = {row["filename"]: row for row in held["package/.index.json"]["files"]}

    files = {name.removeprefix("package/"): each for name, each in held.items() if "resourceType" in each}
    assert rows.keys() == files.keys()
    assert [n for n, row in rows.items() if row.get("url") != files[n].get("url")] == []
    assert [
        n
        for n, row in rows.items()
        if (row["resourceType"], row["id"]) != (files[n]["resourceType"], files[n]["id"])
    ] == []


def test_the_guide_is_valid_and_lists_every_artefact(held: dict[str, dict]) -> None:
    guide = held[f"package/ImplementationGuide-{PACKAGE}.json"]

    listed = {row["reference"]["reference"] for row in guide["definition"]["resource"]}
    assert check(guide) == []
    get_fhir_model_class("ImplementationGuide").model_validate_json(orjson.dumps(guide))
    assert listed == {f"{each['resourceType']}/{each['id']}" for each in own.resources()}


def test_the_same_content_gives_the_same_bytes() -> None:
    assert package() == package()


def test_no_path_of_the_package_leads_out_of_it(held: dict[str, dict]) -> None:
    assert all(name.startswith("package/") and ".." not in name and name.count("/") == 1 for name in held)


def test_the_command_writes_the_package(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["ig", "--out", str(tmp_path / "pk.tgz")])

    assert (done.exit_code, (tmp_path / "pk.tgz").read_bytes()) == (0, package())


def test_the_requirements_name_profiles_and_parameters_that_exist() -> None:
    (statement,) = registry.of_type("CapabilityStatement").values()

    (rest,) = statement["rest"]
    named = [url for one in rest["resource"] for url in one["supportedProfile"]]
    assert check(statement) == []
    assert statement["kind"] == "requirements"
    assert [url for url in named if registry.find("StructureDefinition", url) is None] == []
    assert {one["type"] for one in rest["resource"]} >= {
        "CarePlan",
        "CareTeam",
        "Goal",
        "Task",
        "Appointment",
    }
