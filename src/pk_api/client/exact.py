"""JSON without loss of digits: decimals are `decimal.Decimal`, so 72.50 stays 72.50.

FHIR gives the digits of a decimal a meaning: https://hl7.org/fhir/R4/datatypes.html#decimal.
"""

from decimal import Decimal
from typing import Any

import msgspec

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def parse_exact(body: bytes) -> Any:
    """Return the JSON value with decimals as Decimal; ValueError when it is no JSON."""
    return _DECODER.decode(body)


def dump_exact(value: object) -> bytes:
    """Return compact JSON in which each Decimal keeps its digits."""
    return _ENCODER.encode(value)
