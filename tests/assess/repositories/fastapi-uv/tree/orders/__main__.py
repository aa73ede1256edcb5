import uvicorn

uvicorn.run("orders.main:app", host="0.0.0.0")
