"""FHIR resources read as a contract: pure, plain dictionaries in and out."""
