"""The words by which a person may be found: those of names, addresses and telecoms. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_WORD: Final = re.compile(r"[^\W_]+")
_DIGITS: Final = re.compile(r"\d")
_SHORT: Final = 4
"""Words with fewer letters count only where they stand alone (`Bo`, not `boende`)."""
_FEW_DIGITS: Final = 7
"""Numbers with fewer digits count only where they stand alone."""
_NAMES: Final = ("text", "family", "given")
_ADDRESS: Final = ("text", "line", "city", "district", "state", "postalCode")
_MEANINGLESS: Final = frozenset({"skyddad", "uppgift", "c", "o", "co", "box", "lgh"})
"""Words that say nothing about anybody."""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


@dataclass(frozen=True, slots=True)
class Words:
    """Words that tell, `short` ones where they stand alone, and `numbers` of telephones, digits alone."""

    long: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    def stand_in(self, text: str) -> bool:
        """Say whether the text holds one of them, a genitive or a compound included."""
        plain = _plain(text)
        if any(word in plain for word in self.long):
            return True
        tokens = set(_WORD.findall(plain))
        if self.short & (tokens | {t[:-1] for t in tokens if t.endswith("s")}):
            return True
        digits = "".join(_DIGITS.findall(plain))
        return any(number in digits for number in self.numbers)


NOTHING: Final = Words()


def words_of(resources: Iterable[Mapping[str, Any]]) -> Words:
    """Return the words of the names, addresses and telecoms that stand anywhere in the resources."""
    long, short, numbers = set[str](), set[str](), set[str]()
    for text in (text for resource in resources for text in _texts(resource)):
        digits = "".join(_DIGITS.findall(text))
        if len(digits) >= _FEW_DIGITS:
            numbers.add(digits[-_FEW_DIGITS:])
        plain = _plain(text)
        found = {plain} if "@" in plain else set(_WORD.findall(plain)) - _MEANINGLESS
        long |= {one for one in found if len(one) >= _SHORT and not one.isdecimal()}
        short |= {one for one in found if 1 < len(one) < _SHORT and not one.isdecimal()}
        short |= {one for one in found if len(one) >= _SHORT and one.isdecimal()}
        short |= set(_postal(plain))
    return Words(frozenset(long), frozenset(short), frozenset(numbers))


def _postal(plain: str) -> Iterator[str]:
    """Yield a postal code as one word, as it is written without its space too."""
    squeezed = plain.replace(" ", "")
    if squeezed.isdecimal() and len(squeezed) == 5:
        yield squeezed


def _texts(node: Any) -> Iterator[str]:
    """Yield the texts of every name, address and telecom."""
    if isinstance(node, list):
        for item in node:
            yield from _texts(item)
    elif isinstance(node, Mapping):
        for name, value in node.items():
            yield from _of(name, value) if name in _TOLD else _texts(value)


def _of(name: str, value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Mapping):
            for element in _TOLD[name]:
                found = one.get(element, ())
                texts = [found] if isinstance(found, str) else found
                yield from (text for text in texts if isinstance(text, str))
            yield from _said(one.get("extension", ()))


def _said(extensions: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for one in extensions:
        if isinstance(one.get("valueString"), str):
            yield one["valueString"]


_TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "name": _NAMES,
    "valueHumanName": _NAMES,
    "address": _ADDRESS,
    "valueAddress": _ADDRESS,
    "telecom": ("value",),
    "valueContactPoint": ("value",),
}
"""Elements that tell who somebody is and where, and their parts that do."""
