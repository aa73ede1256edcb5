def test_health(client) -> None:
    assert client.get("/ready").status_code == 200
