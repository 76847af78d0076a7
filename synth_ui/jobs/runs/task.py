"""A run in the hands of its worker: what is to be done, and where progress and results go."""

from __future__ import annotations

from dataclasses import dataclass, field

from synth_ui.core.budget import Unpaid
from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled
from synth_ui.core.run import Attempt, Results, Run
from synth_ui.jobs.runs.reporter import Reporter
from synth_ui.store import journal
from synth_ui.store.workspace import Workspace


@dataclass(frozen=True, eq=False)
class RunTask:
    """One attempt at a run.

    Attributes
    ----------
    context
        Takes progress, and says when to stop; its seed is not the run's yet.
    notes
        What is to be said of the rows, a line each; kept with the run once it is done.
    """

    ws: Workspace
    attempt: Attempt
    run: Run
    reporter: Reporter
    context: Context
    notes: list[str] = field(default_factory=list)

    def tell(self, values: Results) -> None:
        """Write down what is known already; raise `Cancelled` if the run was stopped meanwhile."""
        if not journal.report(self.ws, self.attempt, values, []):
            raise Cancelled("The run was stopped.")

    def pass_on_ledger(self, run_id: str, looked_at: Unpaid) -> None:
        """Keep another run's privacy budget for this one, with what was looked at since that no budget paid for."""
        known = self.ws.ledger(run_id)
        if known is not None:
            self.ws.keep_ledger(self.run.id, known.with_unpaid(looked_at))
