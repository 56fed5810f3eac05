"""Changes of a contract turned into FHIR resources: pure, a new resource instead of a changed one."""
