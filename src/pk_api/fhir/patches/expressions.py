"""The part of FHIRPath that patches need, evaluated to places that can be changed.

Paths, `[n]`, where, first, last, single, tail, exists, empty, not, count, ofType, as, extension, startsWith,
endsWith, contains; in criteria = and !=, and, or, parentheses, literals. All else is refused by name.
Source: http://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpatch.html.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir.patches import steps
from pk_api.fhir.patches.places import Place
from pk_api.fhir.patches.steps import Expression, Unreadable
from pk_api.fhir.values import Number

LONGEST: Final = 1000
_DEEPEST: Final = 20
_MOST_STEPS: Final = 100

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<date>@[0-9T:.+\-Z]+)|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*|`[^`]+`)|(?P<special>\$this|%resource)|(?P<sign>!=|[=.()\[\],]))"
)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Path:
    """An expression; `above` and `last` are its parts when it ends in a plain element name."""

    whole: Expression
    above: Expression | None = None
    last: str | None = None


@dataclass(slots=True)
class _Reader:
    """Reads one expression token by token."""

    tokens: Sequence[tuple[str, str]]
    at: int = 0
    depth: int = 0

    @property
    def here(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, sign: str) -> bool:
        """Go past a sign or word if it is the next one."""
        if self.here[1] != sign or self.here[0] == "text":
            return False
        self.at += 1
        return True

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise Unreadable(f"{sign} is expected")

    def either(self) -> Expression:
        found: Expression = self.both()
        while self.take("or"):
            found = partial(steps.either, found, self.both())
        return found

    def both(self) -> Expression:
        found: Expression = self.equality()
        while self.take("and"):
            found = partial(steps.both, found, self.equality())
        return found

    def equality(self) -> Expression:
        found = self.chain()[0]
        for sign, negated in (("=", False), ("!=", True)):
            if self.take(sign):
                return partial(steps.equals, found, self.chain()[0], negated=negated)
        return found

    def chain(self) -> list[Expression]:
        """Read a path; return what it comes to after each step, the whole first."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Unreadable("it is nested too deeply")
        taken: list[Expression] = [self.first()]
        names: list[str | None] = [None]
        while len(taken) <= _MOST_STEPS:
            name: str | None = None
            step: Expression
            if self.take("["):
                step = partial(steps.item, self.index())
                self.expect("]")
            elif self.take("."):
                name, step = self.step()
            elif self.take("as"):
                step = partial(steps.of_type, self.type_name())
            else:
                break
            taken.append(partial(steps.then, taken[-1], step))
            names.append(name)
        self.depth -= 1
        self.last = Path(taken[-1], taken[-2] if len(taken) > 1 else None, names[-1])
        return taken[::-1]

    last: Path | None = None

    def first(self) -> Expression:
        kind, text = self.here
        self.at += 1
        if kind in _LITERALS:
            return partial(steps.constant, _LITERALS[kind](text))
        if kind == "sign" and text == "(":
            inner = self.either()
            self.expect(")")
            return inner
        if kind == "special":
            return steps.itself if text == "$this" else steps.whole
        if kind == "name" and text in ("true", "false") and self.here[1] != "(":
            return partial(steps.constant, text == "true")
        self.at -= 1
        return partial(steps.then, steps.itself, self.step(is_first=True)[1])

    def step(self, *, is_first: bool = False) -> tuple[str | None, Expression]:
        """Read an element name or a function; return the name too when it is one."""
        kind, text = self.here
        if kind != "name":
            raise Unreadable("a name is expected")
        self.at += 1
        if self.take("("):
            return None, self.function(text)
        name = text.strip("`")
        return (None if is_first and name[0].isupper() else name), partial(steps.child, name)

    def function(self, name: str) -> Expression:
        if name in steps.PLAIN:
            found: Expression = steps.PLAIN[name]
        elif name == "where":
            found = partial(steps.where, self.either())
        elif name == "exists":
            found = steps.exists if self.here[1] == ")" else partial(steps.exists_where, self.either())
        elif name in ("ofType", "as"):
            found = partial(steps.of_type, self.type_name())
        elif name == "extension":
            found = partial(steps.extension, self.text())
        elif name in steps.TEXTUAL:
            found = partial(steps.textual, steps.TEXTUAL[name], self.text())
        else:
            raise Unreadable(f"the function {name} is not among those that patches may use")
        self.expect(")")
        return found

    def index(self) -> int:
        kind, text = self.here
        if kind != "number" or not text.isdecimal() or len(text) > 9:
            raise Unreadable("an index is expected")
        self.at += 1
        return int(text)

    def text(self) -> str:
        kind, text = self.here
        if kind != "text":
            raise Unreadable("a text is expected")
        self.at += 1
        return _text(text)

    def type_name(self) -> str:
        kind, name = self.here
        self.at += 1
        if kind == "name" and name in ("FHIR", "System") and self.take("."):
            return self.type_name()
        if kind != "name":
            raise Unreadable("the name of a type is expected")
        return name


def read_path(text: str) -> Path:
    """Return the expression; Unreadable says why not."""
    if len(text) > LONGEST:
        raise Unreadable(f"it has at most {LONGEST} characters")
    reader = _Reader(_tokens(text))
    reader.chain()
    if reader.here[0] != "end" or reader.last is None:
        raise Unreadable("it is a path from the resource to an element")
    return reader.last


def places(expression: Expression, root: Place) -> list[Place]:
    """Return the places that an expression leads to. Unreadable when it leads to values instead."""
    found = expression([root])
    if not all(isinstance(one, Place) for one in found):
        raise Unreadable("it leads to no element")
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    out, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable("it holds a sign that is not understood")
        out.append((str(match.lastgroup), match[match.lastgroup or 0]))
        at = match.end()
    return out


def _text(token: str) -> str:
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), token[1:-1])


def _date(token: str) -> str:
    return token[1:]


_LITERALS: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType(
    {"text": _text, "date": _date, "number": Number}
)
