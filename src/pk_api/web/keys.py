"""`/.well-known/jwks.json`: the key by which the service's signatures are checked. Source: RFC 7517."""

from typing import Final

from fastapi import APIRouter, Request, Response

from pk_api.fhir.values import dump

KEYS: Final = "/.well-known/jwks.json"
router = APIRouter()


@router.get(KEYS, include_in_schema=False)
async def tell(request: Request) -> Response:
    """Tell the key set; it is empty where the service signs nothing."""
    signer = request.app.state.records.signer
    return Response(dump(signer.keys() if signer else {"keys": []}), media_type="application/jwk-set+json")
