"""Secrets by name: found in the environment or in a file of the home folder, never elsewhere.

A value is a JSON object or plain text (then under the key ``value``). Values are never logged,
never printed and never part of an error.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from interlock.foundation.errors import UsageError


class Secrets:
    """Looks secrets up; says where it looked when there is none."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder

    def get(self, name: str) -> Mapping[str, str]:
        """Return the fields of the secret `name`.

        Raises:
            UsageError: It is nowhere; names every place that was looked at.
        """
        variable = f"INTERLOCK_SECRET_{name.upper().replace('-', '_').replace('/', '_')}"
        file = self._folder / f"{name.replace('/', '_')}.json"
        if variable in self._environment:
            return _fields(self._environment[variable])
        if file.is_file():
            return _fields(file.read_text(encoding="utf-8"))
        raise UsageError(
            f"there is no secret `{name}`",
            hint=f"Looked at the environment variable {variable} and the file {file}.",
        )


def _fields(text: str) -> Mapping[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        return {"value": text.strip()}
    if not isinstance(found, dict):
        return {"value": text.strip()}
    return {str(name): str(value) for name, value in found.items()}
