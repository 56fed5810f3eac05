"""pk_api: the shared patientkontrakt on HL7 FHIR R4."""
