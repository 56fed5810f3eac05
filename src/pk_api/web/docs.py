"""The page with the API's documentation: Swagger UI from a package, nothing from other hosts."""

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles


def install(app: FastAPI) -> None:
    """Serve the page at /docs, and lead there from the bare address."""
    app.mount("/docs/files", StaticFiles(packages=[("fastapi_offline", "static")]))

    @app.get("/", include_in_schema=False)
    async def lead() -> RedirectResponse:
        return RedirectResponse("/docs")

    @app.get("/docs", include_in_schema=False)
    async def page() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="pk_api",
            swagger_js_url="/docs/files/swagger-ui-bundle.js",
            swagger_css_url="/docs/files/swagger-ui.css",
            swagger_favicon_url="/docs/files/favicon.png",
        )
