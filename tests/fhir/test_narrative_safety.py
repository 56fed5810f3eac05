"""Narrative that is safe and well-formed passes, all else is told as txt-1 or txt-2."""

import pytest

from pk_api.fhir.narrative import fault

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'


@pytest.mark.parametrize(
    "content",
    [
        "text",
        "<p>Mål: <b>gå</b> till <i>affären</i></p><br/>",
        '<table border="1"><tbody><tr><td colspan="2">a</td></tr></tbody></table>',
        '<a href="https://example.org/a?b=c:d">a</a>',
        '<a href="mailto:a@example.org">a</a><a href="#b" name="b">b</a><a href="Patient/1">c</a>',
        '<img src="a.png" alt="En bild"/>',
        '<img src="data:image/png;base64,iVBORw0KGgo="/>',
        '<p xml:lang="sv" lang="sv" style="color: red; text-align: left">a</p>',
        '<p style="background: url(data: image/png;base64,iVBORw0KGgo=)">a</p>',
        "&lt;script&gt; &amp; &#229; <!-- kommentar -->",
    ],
)
def test_formatted_text_is_fine(content):
    assert fault(f"{DIV}{content}</div>") is None


@pytest.mark.parametrize("content", ["", " \n\t", "<p> </p>", "<!-- text -->", "<img alt='a'/>"])
def test_narrative_without_content_is_told(content):
    assert fault(f"{DIV}{content}</div>")[0] == "txt-2"


@pytest.mark.parametrize(
    "content",
    [
        "<script>alert(1)</script>",
        "<SCRIPT>alert(1)</SCRIPT>",
        "<form><input/></form>",
        "<iframe src='https://example.org'/>",
        "<object data='a'/>",
        "<style>p {color: red}</style>",
        "<link rel='stylesheet' href='a.css'/>",
        "<base href='https://example.org'/>",
        "<body>a</body>",
        "<svg xmlns='http://www.w3.org/2000/svg'>a</svg>",
        "<p xmlns='http://example.org'>a</p>",
        "<p onclick='alert(1)'>a</p>",
        "<p ONCLICK='alert(1)'>a</p>",
        "<img src='x' onerror='alert(1)'/>",
        "<p xmlns:x='http://example.org' x:href='a'>a</p>",
        "<a href='javascript:alert(1)'>a</a>",
        "<a href=' JavaScript:alert(1)'>a</a>",
        "<a href='java&#10;script:alert(1)'>a</a>",
        "<a href='&#106;avascript:alert(1)'>a</a>",
        "<a href='vbscript:a'>a</a>",
        "<a href='data:text/html,a'>a</a>",
        "<img src='data:image/svg+xml,a'/>",
        "<p style='background: URL (https://example.org)'>a</p>",
        "<p style='width: expression(alert(1))'>a</p>",
        "<p style='background: \\75rl(a)'>a</p>",
        "<p>a",
        "<p>a</b>",
        "a &nbsp; b",
        "a & b",
        "<![CDATA[a><script>alert(1)</script>]]>",
        "<!--><script>alert(1)</script>-->a",
        "<?php a ?>a",
        "<p a='1' a='2'>a</p>",
        "<div>" * 200 + "a" + "</div>" * 200,
    ],
    ids=lambda content: content[:40],
)
def test_what_could_run_or_is_not_well_formed_is_told(content):
    assert fault(f"{DIV}{content}</div>")[0] == "txt-1"


@pytest.mark.parametrize(
    "whole",
    [
        "",
        "text",
        "<div>text</div>",
        '<p xmlns="http://www.w3.org/1999/xhtml">text</p>',
        f"{DIV}a</div>{DIV}b</div>",
        f'<?xml version="1.0"?>{DIV}a</div>',
        f'<!DOCTYPE div [<!ENTITY a "b">]>{DIV}&a;</div>',
        f'<!DOCTYPE div [<!ENTITY a SYSTEM "file:///etc/passwd">]>{DIV}&a;</div>',
        f"{DIV}a\ud800</div>",
    ],
)
def test_anything_but_one_div_of_xhtml_is_told(whole):
    assert fault(whole)[0] == "txt-1"


def test_a_bomb_of_entities_is_refused_before_it_grows():
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))

    assert fault(f'<!DOCTYPE div [<!ENTITY a0 "a">{entities}]>{DIV}&a11;</div>')[0] == "txt-1"
