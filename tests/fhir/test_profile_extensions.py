"""Extensions: sliced by url, held to their definitions wherever they stand, and to their contexts."""

from typing import Any

import pytest
from tests.support.small_profiles import HERE, element, known, of, profile, told

Json = dict[str, Any]


def an_extension(name: str, *elements: Json, on: str = "Element", by: str = "element") -> Json:
    """Return the definition of an extension with a boolean value."""
    return profile(
        name,
        "Extension",
        element("Extension.extension", max="0"),
        element("Extension.url", fixedUri=f"{HERE}{name}"),
        *(elements or [element("Extension.value[x]", min=1, type=[{"code": "boolean"}])]),
        context=[{"type": by, "expression": on}],
    )


def marked(name: str, **value: Any) -> Json:
    return {"url": f"{HERE}{name}", **(value or {"valueBoolean": True})}


def patient(*extensions: Json, **more: Any) -> Json:
    return {"resourceType": "Patient", "extension": list(extensions), **more}


def use(extension: Json, **told_: Any) -> Json:
    typed = [{"code": "Extension", "profile": [extension["url"]]}]
    return element(f"Patient.extension:{extension['name']}", type=typed, **told_)


@pytest.mark.parametrize("is_defined", [True, False])
def test_extensions_are_sliced_by_url_without_being_told(is_defined: bool) -> None:
    own = an_extension("own")
    held = of(profile("it", "Patient", use(own, min=1, max="1")), *([own] if is_defined else []))

    assert held(patient(marked("own"), marked("other", valueString="x"))) == []
    assert held(patient(marked("other"))) == [("error", "required", "Patient.extension")]
    assert held(patient(marked("own"), marked("own"))) == [("error", "structure", "Patient.extension")]


def test_an_extension_is_held_to_its_definition_in_every_depth() -> None:
    profiles = known(an_extension("own"))
    wrong = marked("own", valueString="x")
    resource = patient(
        marked("own"),
        name=[{"given": ["A", "B"], "_given": [None, {"extension": [wrong]}]}],
        contact=[{"extension": [wrong], "name": {"extension": [wrong]}}],
        contained=[{"resourceType": "Organization", "id": "o", "extension": [wrong]}],
        _birthDate={"extension": [marked("own"), wrong]},
    )

    found = told(profiles.check(resource))

    assert sorted(found) == [
        ("error", "structure", f"Patient.{place}.value")
        for place in [
            "birthDate.extension[1]",
            "contact[0].extension[0]",
            "contact[0].name.extension[0]",
            "contained[0].extension[0]",
            "name[0].given[1].extension[0]",
        ]
    ]


CONTEXTS = [
    ("Patient", True),
    ("Resource", True),
    ("DomainResource", True),
    ("http://hl7.org/fhir/StructureDefinition/Patient", True),
    ("Organization", False),
    ("Patient.name", False),
    ("Address", False),
]


@pytest.mark.parametrize(("on", "is_right"), CONTEXTS)
def test_an_extension_on_a_resource_stands_where_its_contexts_allow(on: str, is_right: bool) -> None:
    profiles = known(an_extension("own", on=on))

    found = told(profiles.check(patient(marked("own"))))

    assert found == ([] if is_right else [("error", "structure", "Patient.extension[0]")])


PARTS = [
    ("HumanName", {"name": [{"extension": [marked("own")]}]}, True),
    ("Patient.name", {"name": [{"extension": [marked("own")]}]}, True),
    ("Patient.contact.name", {"contact": [{"name": {"extension": [marked("own")]}}]}, True),
    ("Patient.name", {"contact": [{"name": {"extension": [marked("own")]}}]}, False),
    ("Patient.contact", {"contact": [{"extension": [marked("own")]}]}, True),
    ("BackboneElement", {"contact": [{"extension": [marked("own")]}]}, True),
    ("HumanName.given", {"name": [{"_given": [{"extension": [marked("own")]}]}]}, True),
    ("Patient.name.given", {"name": [{"_given": [{"extension": [marked("own")]}]}]}, True),
    ("string", {"name": [{"_given": [{"extension": [marked("own")]}]}]}, True),
    ("Patient.deceased[x]", {"_deceasedBoolean": {"extension": [marked("own")]}}, True),
    ("Address", {"name": [{"extension": [marked("own")]}]}, False),
]


@pytest.mark.parametrize(("on", "elements", "is_right"), PARTS)
def test_an_extension_on_a_part_stands_where_its_contexts_allow(
    on: str, elements: Json, is_right: bool
) -> None:
    profiles = known(an_extension("own", on=on))

    found = profiles.check({"resourceType": "Patient", **elements})

    assert bool(found) != is_right


def test_an_extension_within_another_names_it_as_its_context() -> None:
    inner = an_extension("inner", on=f"{HERE}outer", by="extension")
    profiles = known(inner)
    outer = {"url": f"{HERE}outer", "extension": [marked("inner")]}

    assert profiles.check(patient(outer)) == []
    assert told(profiles.check(patient(marked("inner")))) == [("error", "structure", "Patient.extension[0]")]


def test_the_parts_of_a_complex_extension_are_its_slices() -> None:
    parts = an_extension(
        "parts",
        element("Extension.extension", max="*"),
        element("Extension.extension:who", min=1, max="1"),
        element("Extension.extension:who.url", fixedUri="who"),
        element("Extension.extension:who.value[x]", min=1, type=[{"code": "string"}]),
        element("Extension.value[x]", max="0"),
    )
    profiles = known(parts)

    def said(*inner: Json) -> Any:
        return told(profiles.check(patient({"url": f"{HERE}parts", "extension": list(inner)})))

    assert said({"url": "who", "valueString": "A"}) == []
    assert said({"url": "who", "valueBoolean": True}) == [
        ("error", "structure", "Patient.extension[0].extension[0].value")
    ]
    assert said({"url": "when", "valueString": "A"}) == [
        ("error", "required", "Patient.extension[0].extension")
    ]
