"""The contract API on a real door."""

import pytest

from pk_api.records.records import Records
from tests.contract.wire import Api


@pytest.fixture
def api(records: Records) -> Api:
    return Api(records)
