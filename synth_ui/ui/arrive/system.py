"""How the program stands: whether it can take work, the machine, the queue, the last errors, the versions; and the same to be handed on."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from synth_ui.jobs.health.diagnosis import OF_ALL, Diagnosis, diagnosis
from synth_ui.jobs.health.ready import ready
from synth_ui.store.people.quotas import Quotas
from synth_ui.ui import access
from synth_ui.ui.arrive import history
from synth_ui.ui.components import facts
from synth_ui.ui.md import count, md, size
from synth_ui.ui.people import signed_in
from synth_ui.ui.state import widget

COPY = """
export default function({ data, parentElement }) {
  const button = parentElement.querySelector("button"), said = parentElement.querySelector("span");
  button.onclick = async () => {
    try { await navigator.clipboard.writeText(data.text); said.textContent = "Copied."; }
    catch { said.textContent = "The browser did not allow it: take the text below."; }
  };
}
"""
COPY_HTML = '<button type="button">Copy diagnostics</button> <span role="status"></span>'
COPY_STYLE = """
button {font: inherit; color: var(--st-text-color); background: var(--st-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-button-radius, 0.5rem); padding: 0.35rem 0.75rem; cursor: pointer;}
button:hover, button:focus-visible {border-color: var(--st-primary-color); color: var(--st-primary-color);}
span {color: var(--st-text-color); margin-left: 0.5rem;}
"""


def show() -> None:
    """Draw everything as it is at this moment."""
    now = diagnosis(access.workspace())
    alone = not signed_in.on()
    _ready(now, alone)
    (_machine if alone else _mine)(now)
    _errors(now)
    st.header("Versions", anchor=False)
    st.table(pd.DataFrame(now.versions.items(), columns=["What", "Version"]).set_index("What"))
    _to_share(now, alone)


def _ready(now: Diagnosis, alone: bool) -> None:
    said = [
        f"- {':material/check: ' if one.fine else ':material/warning: '}{md(one.said if alone else one.name.capitalize(), 400)}"
        for one in now.checked
    ]
    draw = st.success if ready(list(now.checked)) else st.error
    draw("\n".join(said), title="Ready for work" if ready(list(now.checked)) else "Not ready for work")
    st.button("Look again", key=widget("look", "again"), icon=":material/refresh:")


def _not_listed(now: Diagnosis) -> str:
    """Say how many of what the workspace holds the page History does not list; empty where it lists all."""
    tables = now.counts.get("tables", 0) - len(history.worked_with())
    races = now.counts.get("races", 0) - len(access.workspace().races())
    why = [
        f"{count(tables, 'table')} that {'is' if tables == 1 else 'are'} in the bin or changed into another" if tables else "",
        f"{count(races, 'race')} in the bin" if races else "",
    ]
    said = " and ".join(filter(None, why))
    return f"; of these the page History does not list {said}" if said else ""


def _machine(now: Diagnosis) -> None:
    st.header("Machine and queue", anchor=False)
    runs = {what.removeprefix("runs "): number for what, number in now.counts.items() if what.startswith("runs ")}
    facts(
        {
            "Running": f"{now.running} of {now.slots}",
            "Queued": f"{now.queued:,}",
            "Memory free": "not known" if now.cluster and not now.slots else size(max(now.free_megabytes, 0)),
            "Disk free": size(now.free_bytes / 2**20),
        },
        {
            "Running": "On the cluster." if now.cluster else f"This machine gives {count(now.cores, 'core')} to the program.",
            "Queued": _looked_after(now),
            "Memory free": f"{_memory_of(now)} The server itself takes {size(now.server_megabytes)}.",
            "Disk free": f"The workspace takes {size(now.workspace_bytes / 2**20)}.",
        },
    )
    ended = ", ".join(f"{number:,} {state}" for state, number in sorted(runs.items())) or "none"
    st.caption(
        f"The workspace holds {count(now.counts.get('tables', 0), 'table')} and {count(now.counts.get('races', 0), 'race')}{_not_listed(now)}. "
        f"Runs so far: {ended}. System: {md(now.system, 120)}."
    )


def _mine(now: Diagnosis) -> None:
    """Draw what is the user's own: how full the machine is would tell what others do."""
    quotas = Quotas.of()
    st.header("Your runs and your disk", anchor=False)
    facts(
        {
            "Running": f"{now.running}" if quotas.running is None else f"{now.running} of {quotas.running}",
            "Queued": f"{now.queued:,}",
            "Disk": size(now.workspace_bytes / 2**20),
        },
        {
            "Running": "Runs are started one of each user in turn.",
            "Queued": "Without a limit of your own."
            if quotas.waiting is None
            else f"{quotas.waiting:,} may be queued and at work together.",
            "Disk": "Without a limit of your own."
            if quotas.disk_megabytes is None
            else f"Of {size(quotas.disk_megabytes)} given.",
        },
    )


def _memory_of(now: Diagnosis) -> str:
    if not now.cluster:
        return f"For runs, of {size(now.total_megabytes)}."
    if not now.slots:
        return "The cluster takes no runs now."
    return f"On the freest node of the cluster, of {size(now.total_megabytes)} on all."


def _looked_after(now: Diagnosis) -> str:
    if now.cluster:
        return (
            "A process looks after the queue while no page is open."
            if now.warm
            else "The queue goes on while a page of it is open."
        )
    return "A process with the libraries loaded stands ready." if now.warm else "Workers are started from scratch."


def _errors(now: Diagnosis) -> None:
    st.header("Last errors", anchor=False)
    if not now.failed:
        st.caption("No run of this workspace failed or was lost.")
        return
    for run in now.failed:
        when = access.moment(run.ended)
        st.markdown(
            f"**{md(run.candidate, 60)}** {run.state.value}{f', {when}' if when else ''}  \n{md(run.reason or 'No reason is known.', 600)}"
        )


def _to_share(now: Diagnosis, alone: bool) -> None:
    st.header("Diagnostics", anchor=False)
    st.caption(
        "For whoever helps you: versions, machine, queue, and of the errors above their kind and place. Nothing of a table is in it: no name, no "
        "column, no value, no path."
    )
    text = json.dumps({name: value for name, value in now.to_share().items() if alone or name not in OF_ALL}, indent=1)
    st.components.v2.component("copy_diagnostics", html=COPY_HTML, css=COPY_STYLE, js=COPY)(
        data={"text": text}, key="copy_diagnostics"
    )
    with st.expander("Read them first", key="read_diagnostics"):
        st.code(text, language="json", height=320)
