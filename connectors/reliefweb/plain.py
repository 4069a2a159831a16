"""Plain text of an HTML body: blocks become lines, scripts and styles are dropped."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

# Beyond any report.
MAXIMUM_LENGTH: Final = 500_000
# Ends whatever was left open: html.parser reads an open tag or comment again from each `<` in it, for minutes if many.
_END: Final = "<!-- -->"
_DROPPED: Final = frozenset({"script", "style", "head", "template", "noscript", "iframe", "object", "svg"})
_BLOCKS: Final = frozenset(
    {
        *("address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption"),
        *("figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre"),
        *("section", "table", "tbody", "thead", "tr", "ul"),
    }
)
_CELLS: Final = frozenset({"td", "th"})


def plain(html: str) -> str:
    """The text of `html`; raises `ValueError` for what is too long, or no HTML that can be read."""
    if len(html) > MAXIMUM_LENGTH:
        raise ValueError(f"a text of more than {MAXIMUM_LENGTH} characters")
    reader = _Reader()
    try:
        reader.feed(html + _END)
        reader.close()
    except AssertionError as error:  # html.parser's own way to say that a `<![…]` is none
        raise ValueError("no HTML that can be read") from error
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).removesuffix(_END).split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._dropped: list[str] = []

    def updatepos(self, i: int, j: int) -> int:  # noqa: ARG002 - the base's signature
        """Nothing is told of lines, so none are counted."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the base's signature
        if tag in _DROPPED:
            self._dropped.append(tag)
        elif self._dropped:
            return
        elif tag in _BLOCKS:
            self.pieces.append("\n- " if tag == "li" else "\n")
        elif tag in _CELLS:
            self.pieces.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A dropped element without content has no end to wait for."""
        if tag not in _DROPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._dropped:
            if tag == self._dropped[-1]:
                self._dropped.pop()
        elif tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._dropped:
            # Line breaks of the source are blanks; only blocks break lines.
            self.pieces.append(" ".join(data.splitlines()) if "\n" in data or "\r" in data else data)
