"""The grammar of shells accepts what bash accepts, and refuses what bash refuses."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator

import pytest

from generator.checks.formats.shell_grammar import Grammar
from generator.checks.formats.shell_words import ShellError
from tests.checks.faults.place import good

VALID = (
    "a=b c",
    "echo $((1 + (2 * 3))) $(( (1) ))",
    "echo $( (a); (b) )",
    "((a = (1 + 2) * 3))",
    "( (a); (b) )",
    "((a); (b))",
    "f-1.x+() { :; }",
    "f() ( : )",
    "f() if true; then :; fi",
    "f()\n\n{ :; } >x 2>&1",
    "for x; do :; done",
    "for x\ndo :; done",
    "for x in a b; { :; }",
    "for x in do done; do :; done",
    "case in in in) ;; esac",
    "case x in\nesac",
    "case x in if) : ;; esac",
    "echo if then fi { } [[ case",
    "echo a#b #c'",
    "if a; then b; fi | c && d",
    "! a | b; !",
    "time",
    "{ a; }; (a)",
    "a <<E; b <<'F'\n'\nE\n\"\nF\nc",
    "a <<\\E\n$(\nE",
    "$(cat <<E\n)\nE\n)",
    "a 2>&1 3>&- <>x >|y &>z &>>z {fd}>q",
    "a &>x",
    "a & b",
    'echo "${a:-"b"}" "${a:-\'}" "${a#\'}\'}" ${a:-\'}\'}',
    'echo "${#a[@]}" "${!a[@]}" "${a[$((1 + 1))]}" "${a:1:2}" "$#$$$?$!"',
    'echo "$(echo "$(echo \')\')")"',
    "[[ a ]]",
    "[[ $a = -f && a = $a ]]",
    "[[ a < b || ! ( c -nt d ) ]]",
    "[[ $a =~ ^[a-z]+(\\.[a-z]+)*$ ]]",
    "[[ $a == *(a|b)@(c) ]]",
    "[[\n\na &&\n\nb ]]",
    "a=(1 2 # three )\n[4]=5 )",
    "declare -A a=([x y]=1)",
    "a[1 + 1]=2",
    "coproc a { b; }",
    "coproc a",
    "while a; b; do c; done",
    "until a\ndo c\ndone",
    "if a\nthen b; else\nc; fi",
    "a |& b",
    "echo {a,b}{c..d}",
    "then=1 echo",
    "if a; then\\\n b; fi",
    "if [[ a ]] then b; fi",
    "a\x0cb",
    "echo $(case a in a) b;; esac)",
    "a |\n\n# b\nc",
)
INVALID = (
    "if a; fi",
    "if; then a; fi",
    "if a; then fi",
    "while a; done",
    "for 1 in a; do b",
    "for in; in",
    "case a in b c) ;; esac",
    "case a b) ;; esac",
    "case a in b) c; d) ;; esac",
    "a ||",
    "a | | b",
    "a ;; b",
    "& a",
    "a && fi",
    "f() a",
    "f( { a; }",
    "a (b)",
    "(a",
    "a)",
    "()",
    "{ a }",
    "a=(b",
    "a=(b;c)",
    "echo 'a",
    'echo "a',
    "echo `a",
    "echo ${a",
    "echo $(a",
    "echo $((a)",
    "echo $'a",
    "[[ a",
    "[[ a ]",
    "[[ ( a ]]",
    "[[ a == ]]",
    "[[ a b ]]",
    "a >",
    "a <<",
    "echo $(fi)",
    "done",
    "}",
    "a | then",
    "function { a; }",
    "select x in a; b",
    "for ((a; b; do c; done",
    "coproc",
    "if a; then b; fi c",
    "{ a; } b",
    "((1)) a",
)


def wrong(script: str) -> str:
    try:
        Grammar(script).script()
    except ShellError as error:
        return error.message
    return ""


def bash_says(script: str) -> str:
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    return done.stderr


@pytest.mark.parametrize("script", VALID)
def test_what_bash_reads_is_read(script: str) -> None:
    assert bash_says(script) == ""
    assert wrong(script) == ""
    assert wrong(f"{script}\n") == ""


@pytest.mark.parametrize("script", INVALID)
def test_what_bash_cannot_read_is_refused(script: str) -> None:
    assert bash_says(script)
    assert wrong(script)


def scripts() -> Iterator[str]:
    for path, file in good("example").items():
        if path.endswith(".sh"):
            yield file.text


def test_what_bash_reads_of_mutilated_scripts_is_read() -> None:
    """A mark is put in or taken away; bash itself says whether the script is one."""
    choice = random.Random(8)
    texts = list(scripts())
    for _ in range(300):
        text = choice.choice(texts)
        at = choice.randrange(len(text))
        new = text[:at] + choice.choice("\"'(){};&|<>`$#") + text[at + choice.randrange(2) :]
        if message := wrong(new):
            assert bash_says(new) or "[ is not closed" in message, (message, new[max(at - 40, 0) : at + 40])


@pytest.mark.parametrize("mark", ["$((", "$(", "((", "(", "{ ", "if ", '"$(', "${a:-", "[[ ( ", "<(", "a=(", "<<E\n"])
def test_what_is_nested_without_end_takes_no_time(mark: str) -> None:
    try:
        assert wrong(mark * 5000)
    except RecursionError:
        return


def test_a_script_may_be_of_any_length() -> None:
    assert wrong('f() { echo "$1" | cat; }\n' * 20_000) == ""
