"""From a bearer token to an actor: reading, keys of issuers, claims, scopes."""
