"""A service that answers from a script and keeps what it was asked: the wire, not our code."""

import json
from typing import Any

import httpx

from pk_api.client import Client, Retry

Answer = httpx.Response | Exception


class Wire:
    """Plays the answers in order (the last one again and again) and keeps the requests."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]

    def client(self, **settings: Any) -> Client:
        retry = settings.pop("retry", Retry(attempts=3, first_wait=0.001, longest_wait=0.01))
        return Client(
            "http://service.test/prefix", retry=retry, transport=httpx.MockTransport(self), **settings
        )


def answer(body: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def exactly(text: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=text.encode())


def body_of(request: httpx.Request) -> Any:
    return json.loads(request.content)
