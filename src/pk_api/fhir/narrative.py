"""Narrative: whether a `div` is well-formed, safe and not empty (txt-1, txt-2).

Source: https://hl7.org/fhir/R4/narrative.html#xhtml; elements and attributes are those of txt-1.
Addresses may use http, https, ftp, mailto, tel, urn, a fragment, a relative path, and pictures as data. What
HTML would end earlier than XML (CDATA, `<!-->`) is refused: it could hide a script.
"""

import re
from typing import Final
from xml.parsers import expat

XHTML: Final = "http://www.w3.org/1999/xhtml"
ELEMENTS: Final = frozenset(
    {
        *("a", "abbr", "acronym", "b", "big", "blockquote", "br", "caption", "cite", "code", "col"),
        *("colgroup", "dd", "dfn", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr"),
        *("i", "img", "li", "ol", "p", "pre", "q", "samp", "small", "span", "strong", "sub", "sup"),
        *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "ul", "var"),
    }
)
ATTRIBUTES: Final = frozenset(
    {
        *("abbr", "accesskey", "align", "alt", "axis", "bgcolor", "border", "cellhalign", "cellpadding"),
        *("cellspacing", "cellvalign", "char", "charoff", "charset", "cite", "class", "colspan"),
        *("compact", "coords", "dir", "frame", "headers", "height", "href", "hreflang", "hspace", "id"),
        *("lang", "longdesc", "name", "nowrap", "rel", "rev", "rowspan", "rules", "scope", "shape"),
        *("span", "src", "start", "style", "summary", "tabindex", "title", "type", "valign", "value"),
        *("vspace", "width"),
    }
)
_NAMESPACED = frozenset(
    {"http://www.w3.org/XML/1998/namespace lang", "http://www.w3.org/XML/1998/namespace space"}
)
_ADDRESSES = frozenset({"href", "src", "cite", "longdesc"})
_SAFE_ADDRESS = re.compile(
    r"(?:https?:|ftp:|mailto:|tel:|urn:|#|data:\s?image/(?:png|jpeg|gif)[;,]|[^:]*\Z|[^:/?#]*[/?#])",
    re.IGNORECASE,
)
_UNSAFE_STYLE = re.compile(
    r"url\s*\((?![\s'\"]*data:\s?image/(?:png|jpeg|gif)[;,])|expression\s*\(|@import|javascript:|behaviou?r\s*:|-moz-binding|\\",
    re.IGNORECASE,
)
_DEEPEST = 100


class _FaultError(Exception):
    """What is wrong; stops the parser at once."""


class _Reader:
    """Follows one narrative through the parser and raises at the first fault."""

    __slots__ = ("depth", "has_content")

    def __init__(self) -> None:
        self.depth = 0
        self.has_content = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if self.depth == 0 and name != f"{XHTML} div":
            raise _FaultError(f"narrative must be one div in the namespace {XHTML}")
        if space != XHTML or local not in ELEMENTS:
            raise _FaultError("narrative may hold basic formatting elements of XHTML only")
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _FaultError(f"narrative may be nested at most {_DEEPEST} levels deep")
        for attribute, value in attributes.items():
            _check_attribute(attribute, value)
        self.has_content = self.has_content or (local == "img" and "src" in attributes)

    def end(self, _name: str) -> None:
        self.depth -= 1

    def text(self, text: str) -> None:
        self.has_content = self.has_content or not text.isspace()


def fault(div: str) -> tuple[str, str] | None:
    """Return the key of the broken invariant and what is expected, None for a narrative that is fine."""
    reader = _Reader()
    try:
        _parse(div, reader)
    except _FaultError as found:
        return "txt-1", str(found)
    except (expat.ExpatError, ValueError):
        return "txt-1", "narrative must be well-formed XHTML without entities but those of XML"
    if not reader.has_content:
        return "txt-2", "narrative must have some text or a picture"
    return None


def _parse(div: str, reader: _Reader) -> None:
    parser = expat.ParserCreate("UTF-8", " ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.ProcessingInstructionHandler = _refuse
    parser.XmlDeclHandler = _refuse
    parser.StartCdataSectionHandler = _refuse
    parser.CommentHandler = _check_comment
    parser.buffer_text = True
    parser.Parse(div.encode(), True)  # noqa: FBT003  # expat knows no names


def _refuse(*_: object) -> None:
    raise _FaultError("narrative may not hold declarations, processing instructions or CDATA")


def _check_comment(text: str) -> None:
    if text.startswith((">", "->")):
        raise _FaultError("a comment in narrative may not begin with > or ->")


def _check_attribute(name: str, value: str) -> None:
    if name not in ATTRIBUTES and name not in _NAMESPACED:
        raise _FaultError("narrative may hold basic formatting attributes only: no event handlers, no forms")
    if name in _ADDRESSES and not _SAFE_ADDRESS.match(value.strip()):
        raise _FaultError(
            "addresses in narrative may be http, https, ftp, mailto, tel, relative or a fragment"
        )
    if name == "style" and _UNSAFE_STYLE.search(value):
        raise _FaultError("styles in narrative may not fetch or run anything")
