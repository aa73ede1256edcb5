from fastapi import APIRouter

router = APIRouter()


@router.get("/healthz")
async def of_the_router() -> str:
    """Answers below /v1: no health of the service."""
    return "ok"
