"""The law, pure: who may see and do what."""
