"""A demo as anybody starts it, for clients that nobody here wrote."""

from collections.abc import Iterator

import pytest

from tests.support.server import Server, demonstrating
from tests.support.service import HOSPITAL


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`pk-api demo` with its example data, open to callers without a token as the hospital's system."""
    with demonstrating(tmp_path_factory.mktemp("demo"), "--anonymous", HOSPITAL) as server:
        yield server
