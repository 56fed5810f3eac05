"""Typed asynchronous client for integrators; imports nothing of the server."""
