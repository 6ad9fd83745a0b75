"""The Python beside the example estate, loaded as the estate's own modules are."""

from collections.abc import Callable

from interlock.cli.demo import EXAMPLE


def function(module: str, name: str) -> Callable[..., object]:
    """Return a function of the example estate."""
    names: dict[str, Callable[..., object]] = {}
    source = (EXAMPLE / f"{module}.py").read_text(encoding="utf-8")
    exec(compile(source, f"{module}.py", "exec"), names)  # noqa: S102 (our own example)
    return names[name]
