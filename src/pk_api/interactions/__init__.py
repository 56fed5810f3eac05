"""FHIR REST verbs, free of HTTP."""
