"""What can be wrong with an expression, said at the character where it is wrong."""

from difflib import get_close_matches

from interlock.foundation.errors import DeclarationError
from interlock.foundation.place import Place


class ExpressionError(DeclarationError):
    """An expression that cannot be read, typed or worked out; shows the text with a caret."""

    def __init__(self, reason: str, *, text: str, start: int, end: int, hint: str = "") -> None:
        self.reason = reason
        self.text = text
        self.start = start
        self.end = max(end, start + 1)
        line_start = text.rfind("\n", 0, start) + 1
        line_end = text.find("\n", start)
        self.line = text.count("\n", 0, start) + 1
        self.column = start - line_start + 1
        shown = text[line_start : line_end if line_end >= 0 else len(text)]
        width = max(min(self.end, line_start + len(shown)) - start, 1)
        lead = "".join("\t" if char == "\t" else " " for char in shown[: self.column - 1])
        picture = f"{self.line}:{self.column}: {reason}\n  {shown}\n  {lead}{'^' * width}"
        super().__init__(picture, hint=hint)

    def at(self, place: Place) -> "ExpressionError":
        """Return the error with the declared place that it stands at."""
        if self.line == 1:
            self.where = place.shifted(self.start, width=self.end - self.start)
        else:
            self.where = place
        return self


def did_you_mean(name: str, known: object) -> str:
    """Return ``; did you mean `x`?`` when one of `known` is close, else nothing."""
    names = [str(each) for each in known] if hasattr(known, "__iter__") else []
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""
