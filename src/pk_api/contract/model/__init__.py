"""The JSON of the contract API as models: requests are read by them, answers described."""
