"""FHIR R4 knowledge, pure: floor 1."""
