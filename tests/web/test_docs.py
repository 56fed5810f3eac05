"""The served description of the API: what a reader of /docs can do with it."""

from pathlib import Path

from tests.support.service import served


async def test_the_served_document_says_how_to_authenticate(sqlite_template: Path, tmp_path: Path) -> None:
    async with served(f"sqlite:///{sqlite_template}", tmp_path) as service:
        document = (await service.as_(None).get("/openapi.json")).json()
        again = (await service.as_(None).get("/openapi.json")).json()

    assert document == again
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["security"] == [{"bearer": []}]


async def test_the_bare_address_leads_to_the_documentation(sqlite_template: Path, tmp_path: Path) -> None:
    async with served(f"sqlite:///{sqlite_template}", tmp_path) as service:
        answer = await service.as_(None).get("/", follow_redirects=True)

    assert answer.url.path == "/docs"
    assert "swagger" in answer.text
