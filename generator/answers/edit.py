"""Changes an answers file in place: what a person wrote in it, comments above all, stays byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from generator.answers import write
from generator.answers.align import aligned, same
from generator.answers.keys import below
from generator.answers.layout import Layout, Span
from generator.answers.load import parse
from generator.answers.pieces import Part, in_block, in_flow
from generator.errors import BugError, ScaffoldError

_BOM: Final = "\ufeff"
_HEADER: Final = re.compile(r"[^\r\n]*?[|>][-+0-9]*([ \t]+#[^\r\n]*)")


def edit(text: str, wanted: Mapping[str, Any], where: str) -> str:
    """The text of an answers file, changed so that it holds the plain data `wanted`, and in nothing else.

    A changed value's bytes are replaced. A new key stands behind the one that the contract has before it, else at the
    end of its group. Services are told apart by their names: one that is gone takes its lines along, also comments
    within them; one that moved keeps its text; of one that is otherwise equal only the name is changed. Where the
    form of the text does not allow that, the answers of a key of the first level are written anew.

    Raises ScaffoldError where the text cannot be parsed, and BugError rather than to give a text that holds
    anything else; `where` names the file in both.
    """
    have = parse(text, where)
    if same(have, wanted):
        return text
    is_json = _is_json(text)
    for whole in (False, True):
        changed = _changed(text, have, wanted, is_json=is_json, whole=whole)
        if _holds(changed, wanted, where) and (_is_json(changed) or not is_json):
            return changed
    raise BugError(f"{where} could not be changed to the new answers", hint="Please report it, with the file.")


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text.removeprefix(_BOM)), dict)
    except ValueError:
        return False


def _holds(text: str, wanted: Mapping[str, Any], where: str) -> bool:
    try:
        return same(parse(text, where), wanted)
    except ScaffoldError:
        return False


def _changed(text: str, have: Any, wanted: Mapping[str, Any], *, is_json: bool, whole: bool) -> str:
    """The text with the changes, not yet checked; with `whole`, keys of the first level are written anew."""
    body = text.removeprefix(_BOM)
    layout = Layout(body)
    ended = not body or body.endswith(("\n", "\r"))
    if not ended:
        layout = Layout(body + layout.newline)
        if whole:  # a text of many lines may have ended without its last line break
            have = parse(layout.text, "")
    changed = _Editor(layout, is_json=is_json, whole=whole).root(have, wanted)
    return _BOM * text.startswith(_BOM) + (changed if ended else changed.removesuffix(layout.newline))


class _Editor:
    """Gives the text of each node as it is to be; where nothing changes, that is the text that is there."""

    def __init__(self, layout: Layout, *, is_json: bool, whole: bool) -> None:
        self._layout = layout
        self._text = layout.text
        self._is_json = is_json
        self._whole = whole

    def root(self, have: Any, want: Mapping[str, Any]) -> str:
        """The whole text."""
        node = self._layout.root
        if node is None:
            return self._text + self._first_level(want).removeprefix("" if self._text else self._layout.newline)
        if self._stays(node, have, want, ""):
            place = self._layout.value(node)
            changed = self._parts(node, have, want, "")
        else:
            place = Span(node.start_mark.index, self._layout.line_end(self._layout.end(node)))
            changed = self._first_level(want)
        return self._text[: place.start] + changed + self._text[place.end :]

    def _first_level(self, want: Mapping[str, Any]) -> str:
        words = write.ordered("", want)
        return self._lines((line for word in words for line in write.group(word, want[word])), 0)

    def _lines(self, lines: Iterable[str], shift: int) -> str:
        """Lines as a whole file has them, pushed to where the text has their neighbours."""
        pushed = (f"{' ' * shift}{line[max(-shift, 0) :]}" if line else "" for line in lines)
        return "".join(line + self._layout.newline for line in pushed)

    def _stays(self, node: Any, have: Any, want: Any, name: str) -> bool:
        """Whether a map or list stays one, and its parts can be changed one by one."""
        kind = Mapping if node.id == "mapping" else (list, tuple)
        return isinstance(want, kind) and self._layout.is_plain(node, have) and not (self._whole and name)

    def _parts(self, node: Any, have: Any, want: Any, name: str) -> str:
        """The text of a map or list that stays one; `name` is its dotted name."""
        spans = self._layout.children(node)
        if node.id == "mapping":
            parts = self._pairs(node, spans, have, want, name)
        else:
            parts = self._items(node, spans, have, want, name)
        if node.flow_style:
            return in_flow(self._layout, node, spans, parts)
        return in_block(self._layout, spans, parts)

    def _pairs(
        self, node: Any, spans: Sequence[Span], have: Mapping[Any, Any], want: Mapping[Any, Any], at: str
    ) -> list[Part]:
        number = {word: n for n, word in enumerate(have)}
        order = list(have)
        for word in write.ordered(at, (word for word in want if word not in have)):
            order.insert(_position(at, order, word), word)
        parts = []
        for word in order:
            old = number.get(word)
            if old is None:
                parts.append(Part(None, self._new_pair(node, at, word, want[word])))
            elif word not in want:
                parts.append(Part(old, None))
            else:
                parts.append(Part(old, self._pair(node, old, spans[old], have[word], want[word], at, word)))
        return parts

    def _new_pair(self, node: Any, at: str, word: Any, value: Any) -> str:
        if node.flow_style:
            return f"{self._value('', word)}: {self._value(at, value)}"
        lines = write.entry(at, word, value) if at else write.group(word, value)
        return self._lines(lines, self._layout.column(node.value[0][0].start_mark.index) - write.indent(at))

    def _pair(self, node: Any, number: int, span: Span, have: Any, want: Any, at: str, word: Any) -> str:
        text, layout = self._text, self._layout
        if same(have, want):
            return text[span.start : span.end]
        key, value = node.value[number]
        name = f"{at}.{word}" if at else str(word)
        place = layout.value(value)
        opens = not node.flow_style and write.is_block(name, want)
        if self._stays(value, have, want, name) and not (opens and not have):
            changed = self._parts(value, have, want, name)
            if not layout.is_block(value):
                return self._put(value, span, changed)
            colon = layout.colon(key, value)
            empty = "" if want else f" {self._value(at, want)}"
            return text[span.start : colon] + empty + text[colon : place.start] + changed + text[place.end : span.end]
        if opens or layout.is_block(value):
            return self._anew(key, value, span, want, at, word)
        return self._put(value, span, self._value(at, want, value), has_colon=layout.colon(key, value) >= 0)

    def _put(self, node: Any, span: Span, changed: str, *, has_colon: bool = True) -> str:
        """A pair or item with another value in the place of the old one."""
        place = self._layout.value(node)
        before, after = self._text[span.start : place.start], self._text[place.end : span.end]
        if not has_colon:
            before += ":"
        glue = " " * (before.endswith((":", "-")) and not self._is_json)
        return f"{before}{glue}{changed}{self._header(node)}{after}"

    def _header(self, node: Any) -> str:
        """The comment behind the sign that begins a text of many lines; "" for other values."""
        if node.id != "scalar" or node.style not in {"|", ">"}:
            return ""
        found = _HEADER.match(self._text, node.start_mark.index)
        return found[1] if found else ""

    def _anew(self, key: Any, value: Any, span: Span, want: Any, at: str, word: Any) -> str:
        """A pair whose value was or becomes a block; the comment on the key's line stays."""
        text, layout = self._text, self._layout
        place = layout.value(value)
        if layout.is_block(value):
            colon, end = layout.colon(key, value), place.end
            before, beside = text[span.start : colon], text[colon : place.start]
            comment = f"{beside.rstrip()}{layout.newline}" if beside.lstrip().startswith("#") else layout.newline
        else:
            before, end = text[span.start : place.start], layout.line_end(place.end)
            comment = self._header(value) + text[place.end : end]
        if not write.is_block(f"{at}.{word}" if at else str(word), want):
            return f"{before} {self._value(at, want)}{comment}{text[end : span.end]}"
        _, *lines = write.entry(at, word, want)
        below_ = self._lines(lines, layout.column(key.start_mark.index) - write.indent(at))
        return f"{before.rstrip()}{comment}{below_}{text[end : span.end]}"

    def _items(
        self, node: Any, spans: Sequence[Span], have: Sequence[Any], want: Sequence[Any], name: str
    ) -> list[Part]:
        parts = []
        for step in aligned(have, want):
            if step.old is None:
                parts.append(Part(None, self._new_item(node, name, want[step.new or 0])))
            elif step.new is None:
                parts.append(Part(step.old, None))
            else:
                item, span = node.value[step.old], spans[step.old]
                text = self._item(node, item, span, have[step.old], want[step.new], name)
                parts.append(Part(None if step.moved else step.old, text))
        return parts

    def _new_item(self, node: Any, name: str, value: Any) -> str:
        model = next((item for item in node.value if item.tag.endswith(":str")), None)
        if node.flow_style:
            return self._value(name, value, model)
        lines = write.service(value) if name == "services" else [f"  - {self._value(name, value, model)}"]
        return self._lines(lines, self._layout.column(node.start_mark.index) - 2)

    def _item(self, node: Any, item: Any, span: Span, have: Any, want: Any, name: str) -> str:
        if same(have, want):
            return self._text[span.start : span.end]
        if not self._stays(item, have, want, f"{name}[]"):
            if node.flow_style or not self._layout.is_block(item):
                return self._put(item, span, self._value(name, want, item))
            return self._new_item(node, name, want)
        place = self._layout.value(item)
        changed = self._parts(item, have, want, f"{name}[]")
        before = self._text[span.start : place.start]
        return (
            (before.rstrip(" ") if changed[:1] in {"\r", "\n"} else before) + changed + self._text[place.end : span.end]
        )

    def _value(self, at: str, value: Any, old: Any = None) -> str:
        """A value on one line, as the file writes it; `old` is the value in its place, or one beside it."""
        if self._is_json:
            return write.quoted(value)
        if isinstance(value, Mapping) and at == "services":
            value = {word: value[word] for word in write.ordered("services[]", value)}
        bare = old is not None and old.id == "scalar" and old.style is None and old.tag.endswith(":str")
        return write.written(value) if bare else write.one_line(at, value)


def _position(at: str, order: Sequence[Any], word: Any) -> int:
    """Where a new key stands among those that are there: behind the nearest that the contract has before it."""
    known = below(at)
    earlier = [one for one in known[: known.index(word)] if one in order] if word in known else []
    return order.index(earlier[-1]) + 1 if earlier else len(order)
