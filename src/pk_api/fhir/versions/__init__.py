"""Other versions of FHIR than R4, for the few resources that national guides ask for in them."""
