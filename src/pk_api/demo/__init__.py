"""Example journeys and actors for a first look."""
