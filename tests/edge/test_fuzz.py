"""Every route fuzzed from the OpenAPI document: no 5xx, no answer that the document does not know.

The long form is `schemathesis run`, its output is kept under docs/evidence.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.edge.served import Served

schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis: pip install 'twitterlab[dev]'")
from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402 - after the skip

EXAMPLES = 15
# A cursor that nobody issued and a text too long by weight fit the schema, and are refused all the same.


@pytest.mark.slow
def test_no_route_breaks_or_answers_what_is_not_documented():
    with Served() as served:
        token = served.signed_up("ann")
        document = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
        seen = set()

        for operation in document.get_all_operations():
            fuzz_one(operation.ok(), token, seen)
        assert len(seen) >= 28


def fuzz_one(operation, token, seen):
    """Draw cases of one operation and call it."""
    if operation.path in ("/api/sessions/current", "/api/me/password"):
        return

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )
    @given(case=operation.as_strategy())
    def calls(case):
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        seen.add((operation.method, operation.path))
        case.validate_response(answer, excluded_checks=[positive_data_acceptance])

    calls()
