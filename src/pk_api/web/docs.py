"""The page with the API's documentation: Swagger UI from a package, nothing from other hosts."""

import re
from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from pk_api.web.safety import page_policy

_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def install(app: FastAPI) -> None:
    """Serve the page at /docs, and lead there from the bare address."""
    app.mount("/docs/files", StaticFiles(packages=[("fastapi_offline", "static")]))

    shown = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="pk_api",
        swagger_js_url="/docs/files/swagger-ui-bundle.js",
        swagger_css_url="/docs/files/swagger-ui.css",
        swagger_favicon_url="/docs/files/favicon.png",
    )
    content = bytes(shown.body)
    policy = page_policy(_SCRIPT.findall(content.decode()))

    @app.get("/", include_in_schema=False)
    async def lead() -> RedirectResponse:
        return RedirectResponse("/docs")

    @app.get("/docs", include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(content, headers={"Content-Security-Policy": policy})
