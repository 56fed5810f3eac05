"""The settings in docs/operations.md; `python -m tests.architecture.settings_table` writes them there."""

import re

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pk_api.settings import ClientSetting, Issuer, Settings
from tests.architecture.project import ROOT

PAGE = ROOT / "docs/operations.md"
_PLACE = re.compile(r"(?<=<!-- settings -->\n).*(?=<!-- /settings -->)", re.DOTALL)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    return "" if field.default in ("", None, (), {}) else f"`{field.default}`"


def _row(name: str, field: FieldInfo) -> str:
    return f"| `{name}` | {_default(field)} | {field.description} |"


def _part(title: str, model: type[BaseModel]) -> list[str]:
    return [f"| {title} | | |", *(_row(name, field) for name, field in model.model_fields.items())]


def table() -> str:
    """Return the table."""
    lines = ["| setting | default | what |", "|---|---|---|"]
    lines += [_row(f"PK_{name.upper()}", field) for name, field in Settings.model_fields.items()]
    lines += _part("each of `PK_ISSUERS`:", Issuer) + _part(
        "each of `PK_CLIENTS`, by client_id:", ClientSetting
    )
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the page with the table in its place."""
    return _PLACE.sub(lambda _: table(), PAGE.read_text())


if __name__ == "__main__":
    PAGE.write_text(page())
