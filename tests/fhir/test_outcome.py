"""Problems told as OperationOutcome."""

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome

from pk_api.fhir.outcome import outcome
from pk_api.fhir.problems import PROBLEMS, Issue, Problem


def test_a_problem_tells_each_issue_with_its_element():
    problem = Problem(
        "invalid", "two things", issues=[Issue("required", "a status", "Task.status"), Issue("value", "b")]
    )

    told = outcome(problem)

    assert [(one["code"], one["diagnostics"], one.get("expression")) for one in told["issue"]] == [
        ("required", "a status", ["Task.status"]),
        ("value", "b", None),
    ]
    assert told["issue"][0]["details"]["coding"][0]["code"] == "invalid"


@pytest.mark.parametrize("kind", PROBLEMS)
def test_every_kind_makes_an_outcome_that_an_independent_reader_accepts(kind):
    told = outcome(Problem(kind, "why"))

    assert OperationOutcome.model_validate(told).issue[0].code == PROBLEMS[kind].code
