"""Conformance artefacts: the product's own, those of the Swedish guides it builds on, and R4's own terms."""
