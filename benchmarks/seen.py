"""What `seen` tells of candidates that hold rows held back, and of candidates that do not; prints one line per candidate.

python benchmarks/seen.py --tables FOLDER [--names adult,telco_churn] [--rows 8000] [--seeds 1] [--published FOLDER]

FOLDER holds tables as `_tables.py` reads them; published sets are those of `card.py`. Honest candidates are made by the quick generators from
train alone, and are train itself, redrawn. The others hold real rows of both halves, in several disguises and doses.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from _tables import TARGETS, load, split_of
from card import load as load_published
from card import to_text

from synth_ui.api import generate
from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply, SynthError
from synth_ui.core.table import Kind, Split
from synth_ui.evaluation.controls import redraw_cells
from synth_ui.measures.case import Case, Shared
from synth_ui.measures.privacy.near_copies.seen import SeenRows

GENERATORS = (
    "independent", "bootstrap", "gaussian_copula", "cart", "bayes_net", "arf", "autoregressive", "interpolate", "noise", "mask",
    "dp_marginals", "vine_copula",
)  # fmt: skip


def whole(split: Split) -> pd.DataFrame:
    """Return all real rows in chance order."""
    both = pd.concat([split.train.frame, split.holdout.frame], ignore_index=True)
    return both.iloc[np.random.default_rng(1).permutation(len(both))].reset_index(drop=True)


def rounded(frame: pd.DataFrame, split: Split, digits: int | None) -> pd.DataFrame:
    """Round numbers to significant digits, or to whole numbers; dates to days."""
    out = frame.copy()
    for column in split.schema:
        values = out[column.name]
        if column.kind is Kind.DATETIME:
            out[column.name] = values.dt.floor("D")
        elif column.kind.numeric:
            plain = values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
            size = np.where((plain == 0) | np.isnan(plain), 1, np.abs(plain))
            factor = np.ones(len(plain)) if digits is None else 10.0 ** (digits - 1 - np.floor(np.log10(size)))
            out[column.name] = np.round(plain * factor) / factor
    return cast(out, split.schema)[0]


def mixed(split: Split, honest: pd.DataFrame, share: float) -> pd.DataFrame:
    """Put real rows of both halves among honest ones."""
    every, count = whole(split), round(share * len(honest))
    picked = np.random.default_rng(0).choice(len(every), count, replace=count > len(every))
    return cast(pd.concat([every.iloc[picked], honest.iloc[: len(honest) - count]], ignore_index=True), split.schema)[0]


def disguises(split: Split, honest: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield candidates that hold rows held back."""
    every = whole(split)
    yield "whole", every
    yield "holdout", split.holdout.frame
    yield "2 digits", rounded(every, split, 2)
    yield "integers", rounded(every, split, None)
    yield "10% redrawn", redraw_cells(every, 0.1, Context(2))
    yield "redrawn, 2 digits", rounded(redraw_cells(every, 0.1, Context(2)), split, 2)
    yield "half fresh", mixed(split, honest, 0.5)
    for share in (0.2, 0.1, 0.05):
        yield f"{share:.0%} copy", mixed(split, honest, share)


def innocent(split: Split, seed: int) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield candidates that have seen train only."""
    yield "train", split.train.frame
    for share in (0.1, 0.5):
        yield f"train, {share:.0%} redrawn", redraw_cells(split.train.frame, share, Context(seed))
    for key in GENERATORS:
        try:
            yield key, cast(generate(split.train, key, seed=seed).frame, split.schema)[0]
        except SynthError as reason:
            print(f"  {key} does not apply: {reason}")


def ask(split: Split, shared: Shared, name: str, frame: pd.DataFrame) -> bool | None:
    """Print what the measure says; return whether it tells."""
    start = time.process_time()
    try:
        said = SeenRows().measure(Case(split, frame, shared), Context(split.seed))
    except DoesNotApply as reason:
        print(f"  {name:22s} does not apply: {reason}")
        return None
    told = bool(said.detail["kinds"]["told"].any())
    shares = "  ".join(
        f"{kind['kind']} {kind['holdout_share']:.3f} (train {kind['train_share']:.3f}, chance {kind['chance_share']:.3f})"
        for kind in said.detail["kinds"].sort_values("kind", ascending=False).to_dict("records")
    )
    print(
        f"  {name:22s} {'told' if told else '-':5s} {said.headline.value:+.3f} from {said.headline.low or 0:+.3f}, shows from "
        f"{said.parts['least'].value:.3f}, {time.process_time() - start:.2f} s  {shares}",
        flush=True,
    )
    return told


def table(split: Split, name: str, seed: int, honest: dict[str, pd.DataFrame]) -> tuple[int, int, list[str]]:
    """Print all candidates of a split; return false alarms, honest candidates and what went untold."""
    print(f"{name}, seed {seed}: {len(split.train)} and {len(split.holdout)} rows, {len(split.schema.modelled)} columns")
    shared = Shared(split)
    told = [ask(split, shared, key, frame) for key, frame in honest.items()]
    fresh = next((honest[key] for key in ("cart", "mostlyai") if key in honest), split.train.frame)
    untold = [what for what, frame in disguises(split, fresh) if not ask(split, shared, what, frame)]
    return sum(map(bool, told)), len(told), untold


def main() -> None:
    """Ask of every table and every set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=Path)
    parser.add_argument("--names", default=",".join(TARGETS))
    parser.add_argument("--rows", type=int, default=8_000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--published", type=Path)
    options = parser.parse_args()
    alarms = asked = 0
    untold: dict[str, list[str]] = {}
    for name in options.names.split(",") if options.tables else []:
        for seed in range(options.seeds):
            split = split_of(load(options.tables, name, options.rows), seed)
            found, of, missed = table(split, name, seed, dict(innocent(split, seed)))
            alarms, asked, untold[f"{name} {seed}"] = alarms + found, asked + of, missed
    for name in ("adult", "online-shoppers") if options.published else ():
        split = load_published(options.published, name, None)
        sets = {
            path.name.removeprefix(f"{name}_").removesuffix(".csv.gz"): path
            for path in sorted(options.published.glob(f"{name}_*.gz"))
        }
        made = {key: cast(to_text(path), split.schema)[0] for key, path in sets.items() if key not in ("trn", "hol")}
        found, of, missed = table(split, f"published {name}", 0, made)
        alarms, asked, untold[f"published {name}"] = alarms + found, asked + of, missed
    print(f"\n{alarms} false alarms among {asked} honest candidates")
    for name, missed in untold.items():
        print(f"{name}: not told: {', '.join(missed) or 'nothing'}")


if __name__ == "__main__":
    main()
