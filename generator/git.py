"""What git would do with our files: asked, where it is installed, without touching a repository."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import re
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

NOT_INSTALLED: Final = "git is not installed"
_SECONDS: Final = 20
_CLOSED: Final = re.compile(r"^warning: could not open directory '(.*)': (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of an ignore file."""

    source: str
    line: str
    pattern: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.pattern}"

    def folder_of(self, path: str) -> str:
        """The folder around a path that the line leaves out as a whole; "" where it names the path itself.

        Nothing below such a folder can be taken in again by another line. Not known of a pattern with `**`.
        """
        wanted = self.pattern.removeprefix("/").removesuffix("/")
        start = PurePosixPath(self.source).parent if self.source.endswith(".gitignore") else PurePosixPath()
        for folder in reversed(PurePosixPath(path).parents[:-1]):
            if not folder.is_relative_to(start) or folder == start:
                continue
            inside = folder.relative_to(start)
            anchored = "/" in self.pattern.removesuffix("/")
            shown = str(inside) if anchored else inside.name
            if wanted.count("/") == shown.count("/") and fnmatch.fnmatchcase(shown, wanted):
                return str(folder)
        return ""


class RefusedError(Exception):
    """git does not say what it is asked for; the message is its own reason."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What git knows of a folder, by paths below it."""

    files: list[str]
    """The files that it has or would take in; a submodule is one of them."""
    repositories: list[str]
    """Folders that are repositories of their own, of which it knows nothing else."""
    sparse: list[str]
    """Those of the files that it was told not to check out."""
    closed: Mapping[str, str]
    """Folders that it could not look into, and why."""


def is_repository(folder: Path) -> bool:
    """Whether a folder is the top of a git repository, of a work tree or of a submodule."""
    entry = folder / ".git"
    try:
        return entry.is_file() or (entry / "HEAD").is_file()
    except OSError:
        return False


def nested(root: Path, folders: Iterable[str]) -> set[str]:
    """Those of the folders below `root` that are repositories of their own, checked out or not."""
    listed = _submodules(root)
    return {folder for folder in folders if folder in listed or is_repository(root / folder)}


def _submodules(root: Path) -> set[str]:
    path = root / ".gitmodules"
    try:
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""  # not to wait at a pipe
    except OSError:
        return set()
    return set(re.findall(r'^[ \t]*path[ \t]*=[ \t]*"?(.*?)/?"?[ \t\r]*$', text, re.MULTILINE))


def listed(folder: Path) -> Listed:
    """The files below a folder that its repository has, or would take in.

    Raises:
        RefusedError: git cannot say.
    """
    done = _asked(folder, "ls-files", "-t", "-z", "--cached", "--others", "--exclude-standard")
    rows = [row for row in os.fsdecode(done.stdout).split("\0") if row]
    # A letter and a space stand before each path, and a path is there once for each side of a conflict.
    paths = list(dict.fromkeys(row[2:] for row in rows))
    closed = _CLOSED.findall(os.fsdecode(done.stderr))
    return Listed(
        [path for path in paths if not path.endswith("/")],
        [path[:-1] for path in paths if path.endswith("/")],
        [row[2:] for row in rows if row[0] == "S"],
        {path.removesuffix("/"): why for path, why in closed},
    )


def top(folder: Path) -> Path | None:
    """The top of the work tree that a folder lies in; None where there is none.

    A work tree that does not lie around its repository, as its settings may say, is not followed to its top: what the
    settings of a repository name might be anywhere.

    Raises:
        RefusedError: git cannot say, or the folder lies in a repository that has no work tree there.
    """
    if is_repository(folder):
        return folder  # known without asking, as at most runs; whatever is wrong there, `listed` hears of it
    try:
        told = os.fsdecode(_asked(folder, "rev-parse", "--show-toplevel").stdout).removesuffix("\n")
    except RefusedError as error:
        missing = str(error) == NOT_INSTALLED and around(folder) is None
        none = str(error).startswith("not a git repository (or any") and not os.path.lexists(folder / ".git")
        if missing or none:
            return None
        raise
    there = Path(told).resolve()
    if not folder.is_relative_to(there):
        raise RefusedError(f"the work tree of this repository is {told}")
    return there if is_repository(there) else folder


def around(folder: Path) -> Path | None:
    """The top of the repository that a folder seems to lie in, whatever git says of it."""
    return next((one for one in (folder, *folder.parents) if is_repository(one)), None)


def _asked(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """What git answers.

    Raises:
        RefusedError: It says why it does not, or is not there, or not in time.
    """
    try:
        done = _run(folder, *arguments)
    except FileNotFoundError:
        raise RefusedError(NOT_INSTALLED if folder.is_dir() else "the folder is not there any more") from None
    except subprocess.TimeoutExpired:
        raise RefusedError(f"git gave no answer in {_SECONDS} s") from None
    except OSError as error:
        raise RefusedError(f"git cannot be run: {error.strerror}") from None
    if done.returncode == 0:
        return done
    said = done.stderr.decode("utf-8", "replace").splitlines()
    why = next((line for line in said if line.startswith("fatal: ")), said[0] if said else "")
    raise RefusedError(why.removeprefix("fatal: ") or f"git ended with exit code {done.returncode}")


def ignores_folder(repository: Path, folder: Path) -> bool:
    """Whether the repository says that a folder below it is none of its business."""
    inside = folder.relative_to(repository) / "x"  # a folder that is not there yet is known by what would lie in it
    done = _git(repository, "check-ignore", "--quiet", "--no-index", "--", str(inside))
    return done is not None and done.returncode == 0


def ignored(root: Path, paths: Iterable[str], rules: Mapping[str, bytes]) -> dict[str, Rule] | None:
    """The paths that git would leave out of `root`, each with the line that says so; none that it has already.

    `rules` are the `.gitignore` files as they will be. They are judged in a repository of their own, so that a
    dry run and a folder without a repository get the same answer; the user's other ignore files hold there, too.
    None = git could not be asked: it is missing, it fails, or there is no room.
    """
    with contextlib.suppress(OSError), tempfile.TemporaryDirectory(prefix="agency-scaffold-") as name:
        copy = Path(name)
        _make_repository(copy)
        for path, content in rules.items():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_bytes(content)
        option: tuple[str, ...] = ()
        if is_repository(root):  # anywhere else only the user's own settings hold, which hold in the copy, too
            (copy / ".git/info").mkdir()
            (copy / ".git/info/exclude").write_bytes(_excluded(root))
            option = _settings(root)
        wanted = list(paths)
        line = ("check-ignore", "--no-index", "--verbose", "--non-matching", "-z", "--stdin")
        done = _git(copy, *option, *line, given="\0".join(wanted).encode())
        told = _read(done.stdout.decode("utf-8", "replace")) if done else {}
        if told.keys() == set(wanted):  # git has looked at every one
            found = {path: why for path, why in told.items() if why}
            tracked = _tracked(root, found)
            return {path: why for path, why in found.items() if path not in tracked}
    return None


def _tracked(root: Path, paths: Collection[str]) -> set[str]:
    """Those of the paths that a repository has already: `git add --force` takes in what an ignore file leaves out."""
    if not paths or not is_repository(root):
        return set()
    asked = _git(root, "ls-files", "-z", "--", *paths)
    return set(asked.stdout.decode("utf-8", "replace").split("\0")) if asked else set()


def _read(answer: str) -> dict[str, Rule | None]:
    """Path -> the line that decides about it; None where none leaves it out.

    Source, line, pattern and path are each ended by NUL; a pattern that begins with ! takes the path in again.
    """
    words = answer.split("\0")
    rows = zip(words[0::4], words[1::4], words[2::4], words[3::4], strict=False)
    return {path: Rule(at, line, text) if text and text[0] != "!" else None for at, line, text, path in rows}


def _make_repository(folder: Path) -> None:
    """The least that git takes for a repository: what `git init` makes, without a process."""
    for name in ("objects", "refs"):
        (folder / ".git" / name).mkdir(parents=True)
    (folder / ".git/HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")


def _excluded(root: Path) -> bytes:
    """The ignore file that a repository has for this clone alone."""
    asked = _git(root, "rev-parse", "--git-path", "info/exclude")
    if asked is None or asked.returncode != 0:
        return b""
    try:
        path = root / asked.stdout.decode().strip()
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""


def _settings(root: Path) -> tuple[str, ...]:
    """What a repository sets about ignore files, as options of another git; a relative path counts from its root."""
    asked = _git(root, "config", "-z", "--get-regexp", r"^core\.(excludesfile|ignorecase)$")
    rows = asked.stdout.decode("utf-8", "surrogateescape").split("\0") if asked else ()
    # A key without a value is true.
    found = {key: value if newline else "true" for key, newline, value in (row.partition("\n") for row in rows) if key}
    if file := found.get("core.excludesfile"):
        found["core.excludesfile"] = str(root / Path(file).expanduser())
    return tuple(word for key, value in found.items() for word in ("-c", f"{key}={value}"))


def _git(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes] | None:
    """A run of git in a folder; None where it cannot be run."""
    try:
        return _run(folder, *arguments, given=given)
    except (OSError, subprocess.TimeoutExpired):
        return None


def _run(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The same; raises OSError or subprocess.TimeoutExpired instead."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k.startswith("GIT_CONFIG")}
    # Of what a repository's own settings name, nothing is run, and nothing is fetched by what they name: an empty list
    # of protocols is not overruled by settings.
    environment = kept | {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    return subprocess.run(  # noqa: S603 -- no shell, and only our own arguments
        ["git", "-c", "core.fsmonitor=false", *arguments],  # noqa: S607 -- the git of the user, by PATH
        cwd=folder, env=environment, input=given, capture_output=True, timeout=_SECONDS, check=False,
    )  # fmt: skip
