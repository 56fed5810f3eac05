"""The $operations of the FHIR service: a table, and a module for each of them."""
