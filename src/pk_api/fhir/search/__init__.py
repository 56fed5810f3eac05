"""Search in R4: parameters, queries, what they look for, and what a resource has of it.

Source: https://hl7.org/fhir/R4/search.html.
"""
