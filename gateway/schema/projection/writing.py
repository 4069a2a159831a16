"""Python written from a selection: one function an object type, each from a value to a plain dictionary."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, Final

from gateway.federation.viewed import Viewed


class Unprojectable(Exception):
    """A value that the schema does not allow where it stands; graphql-core finds it again and says which."""


# What the written functions see beside what they are given; no built-in but these.
_SEEN: Final[dict[str, Any]] = {"Viewed": Viewed, "Unprojectable": Unprojectable}
_BUILT_IN: Final[dict[str, Any]] = {
    "type": type,
    "str": str,
    "enumerate": enumerate,
    "isinstance": isinstance,
    "Exception": Exception,
}


class Code:
    """Functions being written, and the objects that they refer to by a name."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._seen = {"__builtins__": _BUILT_IN, **_SEEN}
        self._numbers = count()

    def name_of(self, value: object) -> str:
        """A name under which the functions find `value`."""
        name = f"c{next(self._numbers)}"
        self._seen[name] = value
        return name

    def function(self, parameters: str, body: list[str]) -> str:
        """Adds a function; its name."""
        name = f"f{next(self._numbers)}"
        self._lines += [f"def {name}({parameters}):", *(f"    {line}" for line in body)]
        return name

    def built(self, name: str) -> Callable[..., Any]:
        """The function of that name, with all that it calls."""
        # Of the document's own words only response names stand in the text, each as `repr` of a GraphQL name.
        exec(compile("\n".join(self._lines), "<projection>", "exec"), self._seen)  # noqa: S102 - see above
        function: Callable[..., Any] = self._seen[name]
        return function
