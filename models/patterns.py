"""Regular expressions that people write, searched in time linear in the text: RE2 has no backtracking.

Source: Cox 2010, Regular expression matching in the wild, https://swtch.com/~rsc/regexp/regexp3.html
"""

import re2

MAX_PATTERN = 1000
_MAX_MEMORY_BYTES = 1024 * 1024


class Pattern:
    """A pattern that was read, for texts given as UTF-8."""

    def __init__(self, pattern: str) -> None:
        """Raises ValueError, with a sentence about what is wrong, where RE2 cannot read it or it says nothing."""
        if len(pattern) > MAX_PATTERN:
            raise ValueError(f"is longer than {MAX_PATTERN} characters")
        try:
            self._compiled = re2.compile(pattern.encode("utf-8"), _options())
        except (re2.error, UnicodeEncodeError) as error:
            raise ValueError(f"is no regular expression of RE2: {_said(error)}") from None
        if self._compiled.search(b"") is not None:
            raise ValueError("matches the empty text, and so every comment")

    def search(self, text: bytes) -> tuple[int, int] | None:
        """Where it first matches: half-open range of code points, None where it does not."""
        found = self._compiled.search(text)
        if found is None:
            return None
        start, end = found.span()
        first = len(text[:start].decode("utf-8", "replace"))
        return first, first + len(text[start:end].decode("utf-8", "replace"))


def _options() -> re2.Options:
    options = re2.Options()
    options.max_mem = _MAX_MEMORY_BYTES
    options.log_errors = False
    return options


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
