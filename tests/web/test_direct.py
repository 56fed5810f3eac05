"""The straight way to reads leads to the same functions as FastAPI's, and to all of them."""

import re
from collections import Counter

from fastapi.routing import iter_route_contexts

from pk_api.app import rest_app
from pk_api.settings import Settings
from pk_api.web.contract_http import ContractRoute

_STEPS = re.compile(r"\{[^}]+\}")


def test_each_read_goes_straight_to_the_function_that_fastapi_would_ask() -> None:
    app = rest_app(Settings.model_construct(base_url="http://127.0.0.1:8000"))
    seen = Counter[str]()
    contexts = list(iter_route_contexts(app.routes))

    for each in contexts:
        if each.methods and "GET" in each.methods:
            path = _STEPS.sub("k7c2m4q6", each.path or "")
            first = next(c for c in contexts if c.methods and "GET" in c.methods and c.path_regex.match(path))
            found = app.route_of(path)
            assert found is None or found[0].route.endpoint is first.endpoint, path
            assert found is None or list(found[1].values()) == ["k7c2m4q6"] * len(_STEPS.findall(each.path))
            is_ours = isinstance(first.original_route, ContractRoute)
            seen["straight" if found else "theirs" if is_ours else "another's"] += 1

    assert seen["straight"] >= 60
    assert seen["theirs"] == 0, "no read of ours takes more than the request"
    assert app.route_of("/v1/contracts/a/b/c/d") is None
