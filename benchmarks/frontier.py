"""Fidelity against leakage: settings of the best generators on real tables, over several splits, as a table and a picture.

python benchmarks/frontier.py --data FOLDER [--tables adult,online_shoppers] [--splits 11,12,13] [--rows N] [--results FILE.jsonl]
                              [--write docs/frontier]

Each setting is fitted in turn on one half of the table and scored against the other by the product's own measures. Results are
kept in the file of results, so that a run that was stopped goes on where it ended; `--write` makes the table (Markdown, on the
screen) and the picture (SVG) of what the file holds. Seconds are CPU seconds on one thread.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pandas as pd
from _tables import Clock, load, results, scores, split_of

from synth_ui.core.context import Context
from synth_ui.generators.catalogue import generator_of
from synth_ui.jobs.runs.make import make
from synth_ui.measures.case import Shared

KEYS = ("pairs", "detectability", "tstr", "dcr_share", "membership", "leakage_index", "copies")

SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "network, chosen among 4 (default)": ("autoregressive", {}),
    "network, as drawn": ("autoregressive", {"candidates": 1}),
    "trees, leaf 100 (default)": ("cart", {}),
    "trees, leaf 20": ("cart", {"min_leaf": 20}),
    "trees, leaf 200": ("cart", {"min_leaf": 200}),
    "one tree, leaf 100": ("cart", {"trees": 1}),
    "Bayesian network": ("bayes_net", {}),
    "adversarial forest": ("arf", {}),
}
"""What is compared, by the name shown."""

CEILING = "training rows"


def one(name: str, split: Any, shared: Shared, seed: int) -> dict[str, Any]:
    """Fit and score one setting; the training rows themselves are the ceiling of fidelity."""
    if name == CEILING:
        return scores(split, split.train.frame, ("pairs", "detectability", "tstr"), shared)
    key, settings = SETTINGS[name]
    clock = Clock()
    made = make(generator_of(key, settings), split.train, len(split.train), Context(seed=seed))
    return {"seconds": clock.lap(), **scores(split, made.frame, KEYS, shared)}


def run(options: argparse.Namespace) -> None:
    """Run what the file of results does not hold yet."""
    done = {(row["table"], row["split"], row["setting"]) for row in results(options.results)}
    chosen = [CEILING, *(options.settings.split(";") if options.settings else SETTINGS)]
    for table_name in options.tables.split(","):
        table = load(options.data, table_name, options.rows)
        for split_seed in map(int, options.splits.split(",")):
            split = split_of(table, split_seed)
            shared = Shared(split)
            for setting in chosen:
                if (table_name, split_seed, setting) in done:
                    continue
                row = {"table": table_name, "rows": len(split.train), "split": split_seed, "setting": setting}
                row.update(one(setting, split, shared, seed=split_seed))
                with options.results.open("a") as file:
                    file.write(json.dumps(row) + "\n")
                print(json.dumps({key: row.get(key) for key in ("table", "split", "setting", *KEYS)}), flush=True)


def summary(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return one row per table and setting: means over the splits, the largest leakage index and copies gap."""
    frame = pd.DataFrame(rows)
    frame["auc"] = frame.get("tstr.auc").fillna(frame["tstr.r2"] if "tstr.r2" in frame else float("nan"))
    ceiling = frame[frame["setting"] == CEILING].set_index(["table", "split"])["pairs"]
    frame["short"] = [ceiling.get((row.table, row.split), float("nan")) - row.pairs for row in frame.itertuples()]
    how = {
        "split": "count", "short": "mean", "pairs": "mean", "detectability": "mean", "auc": "mean", "dcr_share": "mean",
        "membership": "mean", "leakage_index": "max", "copies": "max", "copies.unique_values": "max", "seconds": "mean",
    }  # fmt: skip
    how = {key: value for key, value in how.items() if key in frame}
    return frame.groupby(["table", "setting"], sort=False).agg(how).reset_index()


def markdown(frame: pd.DataFrame) -> str:
    """Write the table of one real table per heading."""
    lines = []
    for table, part in frame.groupby("table", sort=False):
        lines += [
            f"\n### {table}\n",
            "| setting | splits | pairs | below the ceiling | detectability | TSTR | DCR share | membership ",
        ]
        lines[-1] += "| leakage index, highest | copies gap, highest | CPU s |"
        lines.append("|---" * 11 + "|")
        lines += [_line(row) for row in part.to_dict("records")]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    def shown(key: str, digits: int) -> str:
        value = row.get(key)
        return "" if value is None or value != value else f"{value:.{digits}f}"

    cells = [shown("pairs", 4), shown("short", 4), shown("detectability", 3), shown("auc", 4), shown("dcr_share", 3)]
    cells += [shown("membership", 3), shown("leakage_index", 2), shown("copies", 4), shown("seconds", 0)]
    return f"| {row['setting']} | {row['split']} | " + " | ".join(cells) + " |"


def picture(frame: pd.DataFrame, path: Path) -> None:
    """Draw detectability against the share of rows closer to train, the corner of unseen rows at the lower left."""
    part = frame[(frame["table"] == "adult") & frame["dcr_share"].notna()].reset_index(drop=True)
    width, height, left, top = 760, 420, 70, 50
    across, up = (0.49, max(part["dcr_share"].max() + 0.01, 0.56)), (0.49, max(part["detectability"].max() + 0.01, 0.58))

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            left + (x - across[0]) / (across[1] - across[0]) * (width - left - 30),
            height - 60 - (y - up[0]) / (up[1] - up[0]) * (height - 60 - top),
        )

    style = "font-family:system-ui,sans-serif;font-size:12px;fill:#767676"
    marks = [
        f'<text x="{left}" y="22" style="{style};font-size:15px">adult: what a classifier tells, and how close rows are to train</text>'
    ]
    for tick in (0.50, 0.52, 0.54, 0.56, 0.58, 0.60):
        for x, y, end, anchor in ((tick, up[0], (tick, up[1]), "middle"), (across[0], tick, (across[1], tick), "end")):
            if across[0] <= x <= across[1] and up[0] <= y <= up[1]:
                (a, b), (c, d) = at(x, y), at(*end)
                marks.append(f'<line x1="{a:.0f}" y1="{b:.0f}" x2="{c:.0f}" y2="{d:.0f}" stroke="#9996" stroke-width="1"/>')
                place = (a, b + 16) if anchor == "middle" else (a - 6, b + 4)
                marks.append(
                    f'<text x="{place[0]:.0f}" y="{place[1]:.0f}" text-anchor="{anchor}" style="{style}">{tick:.2f}</text>'
                )
    for row in part.itertuples():
        x, y = at(row.dcr_share, row.detectability)
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#d95f02"><title>{row.setting}</title></circle>')
        marks.append(f'<text x="{x + 9:.1f}" y="{y + 4:.1f}" style="{style}">{row.setting}</text>')
    x, y = at(0.5, 0.5)
    marks.append(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="#1b6ca8"/><text x="{x + 9:.1f}" y="{y - 8:.1f}" style="{style}">unseen real rows</text>'
    )
    marks.append(
        f'<text x="{width / 2:.0f}" y="{height - 16}" text-anchor="middle" style="{style}">share of rows closer to train (half is chance)</text>'
    )
    marks.append(
        f'<text x="18" y="{height / 2:.0f}" transform="rotate(-90 18 {height / 2:.0f})" text-anchor="middle" style="{style}">detectability (AUC, ½ is guessing)</text>'
    )
    body = "\n".join(marks)
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n{body}\n</svg>\n')


def main() -> None:
    """Measure, or write what was measured."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path)
    options.add_argument("--tables", default="adult")
    options.add_argument("--splits", default="11,12,13")
    options.add_argument("--settings", default="", help="names, separated by semicolons; default: all")
    options.add_argument("--rows", type=int)
    options.add_argument("--results", type=Path, default=Path("frontier.jsonl"))
    options.add_argument("--write", type=Path, help="make FILE.svg and print the table instead of measuring")
    chosen = options.parse_args()
    if chosen.write is None:
        if chosen.data is None:
            options.error("--data is needed to measure")
        run(chosen)
        return
    frame = summary(results(chosen.results))
    picture(frame, chosen.write.with_suffix(".svg"))
    print(markdown(frame))


if __name__ == "__main__":
    main()
