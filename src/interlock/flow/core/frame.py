"""What expressions of a run can see, and what their values come to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from interlock.estate.plan import Each, Values
from interlock.expression import Expression, ExpressionError
from interlock.gate.effect import Effect


class CannotTellError(Exception):
    """An expression of the estate has no value here: a person must look."""

    def __init__(self, path: str, error: ExpressionError) -> None:
        super().__init__(str(error))
        self.path = path
        self.message = str(error)


@dataclass(frozen=True, slots=True)
class Frame:
    """The names in force at one place of the plan, and the path that leads there."""

    names: Mapping[str, object]
    prefix: str = ""

    def path(self, step: str) -> str:
        """Return the path of `step` in this frame: unique within the run."""
        return f"{self.prefix}{step}"

    def with_name(self, name: str, value: object) -> "Frame":
        """Return the frame in which `name` is known too."""
        return Frame({**self.names, name: value}, self.prefix)

    def round(self, step: str, index: int, item: str, value: object) -> "Frame":
        """Return the frame of one round of a loop."""
        return Frame({**self.names, item: value}, f"{self.prefix}{step}[{index}].")


def value_of(expression: Expression, frame: Frame, path: str) -> Any:  # noqa: ANN401 (dynamic)
    """Return what `expression` comes to in `frame`."""
    try:
        return expression(frame.names)
    except ExpressionError as error:
        raise CannotTellError(path, error) from error


def values_of(values: Values, frame: Frame, path: str) -> dict[str, object]:
    """Return canonical field -> value; a null is left out: nothing is written for it."""
    found: dict[str, object] = {}
    for field, origin in values.items():
        if isinstance(origin, Each):
            found[field] = list(_elements(origin, frame, path))
        elif (value := value_of(origin, frame, path)) is not None:
            found[field] = value
    return found


def _elements(each: Each, frame: Frame, path: str) -> Iterator[dict[str, object]]:
    for element in value_of(each.over, frame, path):
        yield values_of(each.values, frame.with_name(each.name, element), path)


def failure_names(frame: Frame, *, kind: str, message: str, path: str) -> Frame:
    """Return the frame in which handlers decide: they see `error`."""
    error = {"kind": kind, "message": message, "step": path.rsplit(".", 1)[-1]}
    return frame.with_name("error", error)


def bare(record: object) -> dict[str, object]:
    """Return the fields of a record without what the house adds to it."""
    if not isinstance(record, Mapping):
        return {}
    return {name: value for name, value in record.items() if name not in {"id", "ref"}}


def effect_name(effect: Effect) -> str:
    """Return how people call an effect: ``erp.invoice.upsert of 006…``."""
    return f"{effect.system}.{effect.operation} of {effect.key}"
