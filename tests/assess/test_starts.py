"""What commands start, and where that listens."""

from __future__ import annotations

import pytest

from generator.assess.starts import Start, start, words_of

WEB = [
    ("uvicorn app.main:app --host 0.0.0.0 --port 9000", 9000, True),
    (["uvicorn", "app.main:app", "--port=9000"], 9000, True),
    ("uv run uvicorn app:app", 8000, False),
    ("uvicorn app:app --port $PORT", 0, False),
    ("gunicorn -w 4 -k uvicorn.workers.UvicornWorker -b 0.0.0.0:9000 app:app", 9000, True),
    ("gunicorn --bind=:9000 app:app", 9000, True),
    ("gunicorn -b [::]:9000 app:app", 9000, True),
    ("poetry run gunicorn app:app", 8000, False),
    ("fastapi run app/main.py --port 9000", 9000, True),
    ("flask --app x run -p 9000", 9000, True),
    ("flask run", 5000, False),
    ("python manage.py runserver 0.0.0.0:9000", 9000, True),
    ("python manage.py runserver", 8000, False),
    ("next start -p 9000", 9000, True),
    ("npx next start", 3000, False),
    ("bundle exec rails server -p 9000", 9000, True),
    ("bin/rails s", 3000, False),
    ("./bin/thrust ./bin/rails server", 3000, False),
    ("sh -c 'alembic upgrade head && exec uvicorn app:app --port 9000'", 9000, True),
    (["/bin/bash", "-c", "python manage.py migrate; gunicorn app:app -b :9000"], 9000, True),
    (["sh", "-c", "exec uvicorn app:app --port 9000"], 9000, True),
    ("opentelemetry-instrument uvicorn app:app --port 9000", 9000, True),
    ("WEB_CONCURRENCY=4 uvicorn app:app --port 9000", 9000, True),
]


@pytest.mark.parametrize(("command", "port", "given"), WEB, ids=str)
def test_servers(command: object, port: int, given: bool) -> None:
    found = start(command)
    assert (found.kind, found.port, found.given) == ("web", port, given)


@pytest.mark.parametrize(
    "command",
    [
        "celery -A app worker -l info", ["celery", "-A", "app", "worker"], "bundle exec sidekiq -q mail", "rq worker high",
        "python manage.py qcluster", "dramatiq app.tasks", "bin/jobs", "bundle exec rake jobs:work", "arq app.Settings",
    ],
    ids=str,
)  # fmt: skip
def test_workers(command: object) -> None:
    assert start(command).kind == "worker"


def test_what_runs_once_among_all_is_told_apart() -> None:
    assert start("celery -A app beat").kind == "scheduler"


@pytest.mark.parametrize(
    ("command", "port"),
    [("java -Dserver.port=9000 -jar a.jar", 9000), ("node server.js", 0), ("./app --listen :9000", 9000), ("", 0), (None, 0),
     ("rails console", 0), ("docker run -p 80:80 x", 0), ("node --port-file x", 0)],
)  # fmt: skip
def test_other_programs_tell_no_kind(command: object, port: int) -> None:
    found = start(command)
    assert (found.kind, found.port) == ("", port)


def test_scripts_are_followed_and_never_for_ever() -> None:
    scripts = {"start": "npm run serve", "serve": "next start -p 9000", "a": "npm run b", "b": "npm run a"}
    assert start("npm start", lambda name: scripts.get(name, "")) == Start("web", 9000, True, "next")
    assert start("yarn a", lambda name: scripts.get(name, "")).kind == ""
    assert start(["pnpm", "run", "serve"], lambda name: scripts.get(name, "")).port == 9000


@pytest.mark.parametrize("odd", ["a 'b", "a && ", ";;;", ["a", 1, None], [[]], {"a": 1}, 7, "\\"])
def test_odd_commands_are_words_at_most(odd: object) -> None:
    assert all(isinstance(word, str) for word in words_of(odd))
    start(odd)
