"""The account of one process: how its business keys ended, and what ties."""

from collections.abc import Iterator
from dataclasses import dataclass

from interlock.cli.demonstration.acts.act import Tied


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One process: how many business keys it began, how they ended, and what ties."""

    process: str
    begun: int
    completed: int
    compensated: int
    withdrawn: int
    """Ended before anything was written: the record did not ask for it any more."""
    cases: int
    tied: tuple[Tied, ...] = ()

    @property
    def complaints(self) -> Iterator[str]:
        """Say what is not accounted for, and what does not tie."""
        ended = self.completed + self.compensated + self.withdrawn + self.cases
        if ended != self.begun:
            yield f"{self.process}: {self.begun} begun, and {ended} have an end or a case"
        for each in self.tied:
            if not each.ties:
                yield f"{self.process}: {each.what}: {each.here} is not {each.there}"
