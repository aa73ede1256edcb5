from fastapi import FastAPI
from prometheus_fastapi_instrumentator import Instrumentator

from orders.api import router

app = FastAPI(title="Orders")
app.include_router(router, prefix="/v1")
Instrumentator().instrument(app).expose(app)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
