"""Rows of a journey, and how each becomes a resource: a `fhir.resources` R4B model."""
