"""Units of measure by UCUM: whether a code is one, as far as it is of units that care measures in.

Source: the Unified Code for Units of Measure, grammar §§ 5–20 and tables of units. Parentheses are not read:
no unit of what people measure at home needs them.
"""

import re
from typing import Final

SYSTEM: Final = "http://unitsofmeasure.org"


def _words(*lines: str) -> list[str]:
    return " ".join(lines).split()


_PREFIXES: Final = _words("Y Z E P T G M k h da d c m u n p f a z y")
_METRIC: Final = _words(
    "m g s L l mol eq osm K Cel J cal W Pa bar N Hz V A Ohm rad Bq Gy Sv lm lx cd t kat U",
    "[iU] [IU] m[Hg] m[H2O]",
)
"""Units that prefixes go before."""
_PLAIN: Final = _words(
    "% [ppth] [ppm] min h d wk mo a ' '' deg [pH] [drp] [CFU] [arb'U] 10* 10^",
    "[degF] [in_i] [ft_i] [lb_av] [oz_av]",
)
"""Units that stand alone."""
_UNITS: Final = frozenset([*_PLAIN, *_METRIC, *(p + unit for p in _PREFIXES for unit in _METRIC)])
_STEP: Final = re.compile(r"[./]")
_ANNOTATION: Final = re.compile(r"\{[!-z|~]*\}")
_FACTOR: Final = re.compile(r"[1-9][0-9]*")
_POWER: Final = re.compile(r"(.+?)([+-]?[0-9]+)")


def is_unit(code: str) -> bool:
    """Say whether a text is a unit of UCUM, such as `mm[Hg]`, `mmol/L`, `10*9/L` or `{steps}`."""
    if not code or len(code) > 100:
        return False
    bare = _ANNOTATION.sub("\0", code)
    steps = _STEP.split(bare.removeprefix("/"))
    return all(_is_component(each) for each in steps)


def _is_component(text: str) -> bool:
    """Say whether a step is a unit with an exponent and a remark, a remark alone (NUL), or a number."""
    unit = text.removesuffix("\0")
    if unit == "":
        return text == "\0"
    if _FACTOR.fullmatch(unit) or unit in _UNITS:
        return True
    power = _POWER.fullmatch(unit)
    return power is not None and power[1] in _UNITS
