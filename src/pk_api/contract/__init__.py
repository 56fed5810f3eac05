"""The patientkontrakt as plain JSON over FHIR resources."""
