"""HTTP that two readers could read differently: a server hangs up, and takes nothing for a second request.

Source: RFC 9112 11.2 (request smuggling), 6.3 (length of a body).
"""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import Server, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server, for what does not reach the app unless HTTP is read wrongly."""
    data = tmp_path_factory.mktemp("attacked")
    shutil.copy(sqlite_template, data / "pk.db")
    with serving(f"sqlite:///{data / 'pk.db'}", data) as running:
        yield running


SMUGGLED = b"GET /fhir/Patient HTTP/1.1\r\nHost: x\r\n\r\n"
ASKED = b"POST /fhir/Practitioner HTTP/1.1\r\nHost: x\r\n"
RAW = {
    "both lengths": ASKED + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked twice": ASKED
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "a hidden coding": ASKED
    + b"Content-Length: 4\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "an odd coding": ASKED + b"Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two lengths": ASKED + b"Content-Length: 0\r\nContent-Length: 40\r\n\r\n" + SMUGGLED,
    "a list of lengths": ASKED + b"Content-Length: 0, 40\r\n\r\n" + SMUGGLED,
    "a negative length": ASKED + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    "a length with a sign": ASKED + b"Content-Length: +4\r\n\r\n{}  " + SMUGGLED,
    "a huge length": ASKED + b"Content-Length: 99999999999999999999999\r\n\r\n" + SMUGGLED,
    "a huge chunk": ASKED + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + SMUGGLED,
    "a chunk of no number": ASKED + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n",
    "a folded header": b"GET /fhir/metadata HTTP/1.1\r\nHost: x\r\nX-A: b\r\n  Authorization: y\r\n"
    b"Connection: close\r\n\r\n",
    "a null in a header": b"GET /fhir/metadata HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n",
    "a blank before the colon": b"GET /fhir/metadata HTTP/1.1\r\nHost : x\r\n\r\n",
    "a line feed alone": b"GET /fhir/Patient HTTP/1.1\nHost: x\nConnection: close\n\n",
    "an odd method": b"GE\0T /fhir/metadata HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /fhir/Patient\r\n\r\n",
    "a version that is none": b"GET /fhir/Patient HTTP/9.9\r\nHost: x\r\n\r\n",
    "an absolute address": b"GET http://evil.example/fhir/Patient HTTP/1.1\r\nHost: x\r\n"
    b"Connection: close\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + b"\0" * 200,
    "nonsense": b"\xff" * 500 + b"\r\n\r\n",
    "a preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an upgrade": b"GET /fhir/Patient HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
}


def _said(server: Server, raw: bytes) -> bytes:
    """Send these bytes and return all that comes back until the server hangs up or says no more."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        out = b""
        try:
            while chunk := connection.recv(65_536):
                out += chunk
        except (TimeoutError, ConnectionResetError):
            return out
        return out


@pytest.mark.parametrize("name", RAW)
async def test_http_that_is_not_well_formed_smuggles_nothing(server: Server, name: str) -> None:
    said = _said(server, RAW[name])

    statuses = [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:]]
    assert all(status < 500 and status not in (101, 201) for status in statuses), said
    assert not any(status == 200 for status in statuses) or name == "a folded header", said
    async with server.client("system-hospital") as http:
        assert (await http.get("/health/live")).status_code == 200


async def test_the_attacked_server_logged_no_error(server: Server) -> None:
    log = server.log.read_text()

    assert "Traceback" not in log
    assert "unexpected error" not in log
