"""Callers for the tests."""

from pk_api.access.actor import Actor
from pk_api.fhir.systems import PERSONNUMMER

HOSPITAL = "SE2321000016-1001"
PRIMARY = "SE2321000016-2001"
MUNICIPALITY = "SE2120000142-3001"
TOLVAN = "191212121212"
ALL = (("*", "cdrsu"),)

SYSTEM_HOSPITAL = Actor("system", "system-hospital", "Sjukhusets journal", provider=HOSPITAL, scopes=ALL)
SYSTEM_PRIMARY = Actor("system", "system-primary", "Vårdcentralens journal", provider=PRIMARY, scopes=ALL)
SYSTEM_MUNICIPALITY = Actor(
    "system", "system-municipality", "Kommunens system", provider=MUNICIPALITY, scopes=ALL
)
NURSE = Actor("staff", "portal", "Sjuksköterska", provider=HOSPITAL, employee="SE2321000016-E1", scopes=ALL)
PATIENT = Actor("patient", "app", person=(PERSONNUMMER, TOLVAN), scopes=ALL)
OTHER_PATIENT = Actor("patient", "app", person=(PERSONNUMMER, "195009072553"), scopes=ALL)
STATISTICS = Actor("statistics", "stat", scopes=ALL)
OPERATOR = Actor("operator", "ops", scopes=ALL)
PROXY = Actor("proxy", "app", person=(PERSONNUMMER, "196101182803"), acting_for="x", scopes=ALL)
EVERYONE_ELSE = (STATISTICS, OPERATOR, PROXY)
