"""The one door to stored data."""
