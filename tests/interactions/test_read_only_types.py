"""Types that the service alone writes: the audit."""

import pytest

from pk_api.fhir.problems import Problem
from pk_api.interactions import instance
from pk_api.interactions.call import Call
from pk_api.records.records import Records
from tests.support.actors import SYSTEM_HOSPITAL


@pytest.mark.parametrize("resource_type", ["AuditEvent"])
async def test_a_type_that_the_service_alone_writes_is_not_taken(
    records: Records, resource_type: str
) -> None:
    call = Call(SYSTEM_HOSPITAL, resource_type, resource={"resourceType": resource_type})

    with pytest.raises(Problem) as refusal:
        await instance.create(records, call)

    assert refusal.value.kind == "method-not-allowed"
