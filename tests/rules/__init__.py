"""The law, rule by rule, on the real door."""
