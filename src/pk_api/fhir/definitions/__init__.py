"""Tables generated from the official R4 4.0.1 definitions (CC0), and their generators."""
