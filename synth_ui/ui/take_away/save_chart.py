"""Charts as pictures: two labelled buttons under a chart, which ask the chart's own library for a PNG or an SVG.

The buttons are one line of HTML per chart; one listener of the page serves them all, so that a page of many charts stays light. The
library's own camera over a chart is hidden: it says nothing, and covers the chart on touch screens.
"""

from __future__ import annotations

import streamlit as st

from synth_ui.ui.md import plain_name

LISTEN = """
export default function() {
  const save = (event) => {
    const button = event.target.closest && event.target.closest("button[data-save]");
    if (!button) return;
    const plot = button.closest('[class*="st-key-chart-"], [class*="st-key-panel-"]')?.querySelector(".js-plotly-plot");
    const camera = plot?.querySelector('.modebar-btn[data-title^="Download plot"]');
    if (!plot || !camera) return;
    const size = plot.getBoundingClientRect();
    const dark = getComputedStyle(plot.closest(".stApp") ?? document.body).backgroundColor;
    const paper = plot.layout?.paper_bgcolor;
    plot._context.toImageButtonOptions = {
      format: button.dataset.save, filename: button.dataset.name, width: Math.round(size.width), height: Math.round(size.height),
      scale: button.dataset.save === "png" ? 2 : 1,
    };
    if (plot.layout) plot.layout.paper_bgcolor = dark;
    camera.click();
    setTimeout(() => { if (plot.layout) plot.layout.paper_bgcolor = paper; }, 50);
  };
  document.addEventListener("click", save);
  return () => document.removeEventListener("click", save);
}
"""
"""Listens for the buttons; the picture gets the page's colour behind it, or light text would stand on nothing."""

STYLE = """<style>
.modebar-btn[data-title^="Download plot"] {display: none !important;}
.synth-save {display: flex; gap: 0.25rem;}
.synth-save button {font: inherit; font-size: 0.875rem; color: inherit; background: none; border: 0; border-radius: 0.5rem; padding: 0.25rem 0.5rem; min-height: 2.25rem; cursor: pointer;}
.synth-save button:hover, .synth-save button:focus-visible {background: color-mix(in srgb, currentColor 10%, transparent);}
</style>"""


def listen() -> None:
    """Make the buttons of a page work; once per page."""
    st.html(STYLE)
    st.components.v2.component("save_chart", js=LISTEN)(key="save_chart")


def buttons(name: str) -> None:
    """Draw the two buttons of a chart; `name` is what its files are called, without ending."""
    plain = plain_name(name, "chart")
    st.html(
        f'<div class="synth-save"><button type="button" data-save="png" data-name="{plain}">Save as PNG</button>'
        f'<button type="button" data-save="svg" data-name="{plain}">Save as SVG</button></div>',
        width="content",
    )
