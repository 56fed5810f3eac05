"""Bodies compressed both ways: when it is worth it, within limits, and never broken."""

import gzip
import json
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pk_api.fhir.problems import Problem
from pk_api.web.bodies import Inflater, TooLarge
from tests.support.service import FHIR_JSON, Service, as_fhir, create

pytestmark = pytest.mark.one_database

LONG = {"resourceType": "Practitioner", "name": [{"text": "Åsa " * 400}]}
BODY = json.dumps(LONG).encode()


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": gzip.compress(BODY),
    "GZip": gzip.compress(BODY[:100]) + gzip.compress(BODY[100:]),
    "x-gzip": gzip.compress(BODY),
    "deflate": zlib.compress(BODY),
    " deflate": raw_deflate(BODY),
    "identity": BODY,
}


@pytest.mark.parametrize("coding", PACKED)
async def test_a_compressed_body_is_read(service: Service, coding: str) -> None:
    answer = await service.http.post(
        "/fhir/Practitioner", content=PACKED[coding], headers=as_fhir(Content_Encoding=coding)
    )

    assert answer.status_code == 201, answer.text
    assert answer.json()["name"] == LONG["name"]


async def test_the_plain_api_reads_compressed_bodies_too(service: Service) -> None:
    body = gzip.compress(b'{"patient": {"reference": "Patient/nobody"}}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    answer = await service.http.post("/v1/contracts", content=body, headers=headers)

    assert answer.status_code == 422, answer.text


BOMB = gzip.compress(b" " * 60_000_000)
WRONG = {
    "not compressed": ("gzip", BODY, 400),
    "cut off": ("gzip", PACKED["gzip"][:-9], 400),
    "followed by more": ("gzip", PACKED["gzip"] + b"more", 400),
    "deflate cut off": ("deflate", PACKED["deflate"][:-1], 400),
    "deflate followed by more": ("deflate", PACKED["deflate"] + b"x", 400),
    "neither form of deflate": ("deflate", b"\xff\xff\xff", 400),
    "nothing": ("gzip", b"", 400),
    "another coding": ("br", BODY, 415),
    "two codings": ("gzip, gzip", gzip.compress(PACKED["gzip"]), 415),
    "a thousand members": ("gzip", gzip.compress(b"") * 1000, 400),
    "a bomb": ("gzip", BOMB, 413),
    "a bomb of deflate": ("deflate", zlib.compress(b" " * 60_000_000), 413),
    "a bomb within": ("gzip", gzip.compress(BOMB), 400),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("address", ["/fhir/Practitioner", "/v1/contracts"])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_body_that_cannot_be_inflated_is_refused(refusing: Service, address: str, wrong: str) -> None:
    coding, body, status = WRONG[wrong]
    kind = FHIR_JSON if address.startswith("/fhir") else "application/json"

    answer = await refusing.http.post(
        address, content=body, headers={"Content-Type": kind, "Content-Encoding": coding}
    )

    assert answer.status_code == status, answer.text
    assert "json" in answer.headers["content-type"]
    if status == 415 and address.startswith("/fhir"):
        assert answer.headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_bomb_in_many_parts_is_stopped(refusing: Service) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for at in range(0, len(BOMB), 1000):
            yield BOMB[at : at + 1000]

    answer = await refusing.http.post(
        "/fhir/Practitioner", content=parts(), headers=as_fhir(Content_Encoding="gzip")
    )

    assert answer.status_code == 413


@given(st.binary(max_size=300), st.integers(1, 50), st.sampled_from(["gzip", "deflate"]), st.booleans())
def test_what_was_compressed_comes_out_whatever_the_parts(
    data: bytes, size: int, coding: str, is_raw: bool
) -> None:
    deflated = raw_deflate(data) if is_raw else zlib.compress(data)
    packed = gzip.compress(data) if coding == "gzip" else deflated
    inflater = Inflater(coding, 300)
    starts = range(0, len(packed), size)

    out = [inflater.plain(packed[at : at + size], is_last=at == starts[-1]) for at in starts]

    assert b"".join(out) == data


@given(st.binary(min_size=1, max_size=60), st.sampled_from(["gzip", "deflate"]))
def test_no_bytes_break_the_reading(data: bytes, coding: str) -> None:
    kinds = []
    try:
        assert len(Inflater(coding, 1000).plain(data, is_last=True)) <= 1000
    except Problem as problem:
        kinds.append(problem.kind)
    except TooLarge:
        kinds.append("too-large")

    assert kinds in ([], ["invalid"], ["too-large"])


async def raw(http: httpx.AsyncClient, address: str, accept: str) -> tuple[httpx.Headers, bytes]:
    """Return an answer as it comes over the wire."""
    async with http.stream("GET", address, headers={"Accept-Encoding": accept}) as answer:
        return answer.headers, b"".join([part async for part in answer.aiter_raw()])


async def test_a_long_answer_is_compressed_for_those_who_accept_it(service: Service) -> None:
    stored = await create(service.http, LONG)
    address = f"/fhir/Practitioner/{stored['id']}"

    headers, packed = await raw(service.http, address, "gzip")
    plain_headers, plain = await raw(service.http, address, "identity")

    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain
    assert int(headers["content-length"]) == len(packed) < len(plain) / 4
    assert headers["etag"] == plain_headers["etag"] == 'W/"1"'
    assert "content-encoding" not in plain_headers
    assert "Accept-Encoding" in headers["vary"]
    assert "Accept-Encoding" in plain_headers["vary"]


async def test_a_short_answer_and_one_without_a_body_are_not_compressed(service: Service) -> None:
    stored = await create(service.http, {"resourceType": "Practitioner"})
    address = f"/fhir/Practitioner/{stored['id']}"

    headers, body = await raw(service.http, address, "gzip")
    held = await service.http.get(address, headers={"If-None-Match": 'W/"1"'})

    assert "content-encoding" not in headers
    assert json.loads(body) == stored
    assert (held.status_code, held.headers.get("content-encoding")) == (304, None)


@pytest.mark.parametrize("address", ["/fhir/metadata", "/openapi.json", "/docs/files/swagger-ui.css"])
async def test_every_side_of_the_house_compresses(service: Service, address: str) -> None:
    headers, packed = await raw(service.http, address, "gzip")
    _, plain = await raw(service.http, address, "identity")

    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain
