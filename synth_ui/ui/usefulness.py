"""x"""

from synth_ui.ui import explain


def show(view, chosen):
    explain.scores(
        view,
        chosen,
        measures={
            "distributions": ("margins", "detectability"),
            "relationships": ("pairs", "dependence"),
            "usefulness": ("tstr",),
            "privacy": ("copies", "dcr_share", "membership", "leakage_index"),
        }["usefulness"],
    )
