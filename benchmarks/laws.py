"""Whether laws between columns survive: a made table of orders, and the share of synthetic rows that break each law no real row breaks.

python benchmarks/laws.py [--rows 2000 10000] [--generators cart …] [--seed 1]

The laws are known, as the table is made here: city → state, postcode → city, product → maker, net × quantity = total, ordered ≤
delivered, pounds = kilograms in other units, and one that holds nearly (channel → desk, but for a fiftieth of the rows). `rules` is
what the measure of that name says of all rules it finds; `near` is the share of rows off the near law, .02 in the real rows.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.table import Split
from synth_ui.generators.base import generators
from synth_ui.measures.base import measures
from synth_ui.measures.case import Case, Shared
from synth_ui.tables.inference.infer import infer_schema

NATIVE = ("cart", "arf", "bayes_net", "gaussian_copula", "vine_copula", "autoregressive", "diffusion", "vae", "gan", "noise", "interpolate", "mask")  # fmt: skip
LAWS = ("city→state", "postcode→city", "product→maker", "total", "dates", "pounds")
_POUNDS = 2.20462


def orders(rows: int, seed: int = 0) -> pd.DataFrame:
    """Make a table of orders: 20 states, some 200 cities (a few names in two states), some 600 postcodes, 300 products."""
    rng = np.random.default_rng(seed)
    names = np.random.default_rng(7)  # the world is the same whatever the seed
    state_of = np.sort(names.integers(0, 20, 200))
    city_of = np.sort(names.integers(0, 200, 600))
    weight = names.lognormal(0, 1, 600)
    post = rng.choice(600, rows, p=weight / weight.sum())
    maker_of, price = names.integers(0, 25, 300), np.round(names.lognormal(3, 1, 300), 2)
    product = np.minimum(rng.geometric(0.012, rows) - 1, 299)
    state = state_of[city_of[post]]
    channel = rng.integers(0, 6, rows)
    desk = np.where(rng.random(rows) < 0.024, rng.integers(0, 6, rows), channel)
    quantity = rng.integers(1, 12, rows)
    net = np.round(price[product] * rng.choice([1.0, 0.9, 0.8], rows, p=[0.7, 0.2, 0.1]), 2)
    ordered = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 1_000, rows), unit="D")
    kilograms = np.round(rng.lognormal(1, 0.7, rows) * (1 + state % 3), 2)
    return pd.DataFrame(
        {
            "state": np.char.add("State ", state.astype(str)),
            "city": np.char.add("City ", (city_of[post]).astype(str)),
            "postcode": np.char.add("P", (10_000 + 37 * post).astype(str)),
            "product": np.char.add("Product ", product.astype(str)),
            "maker": np.char.add("Maker ", maker_of[product].astype(str)),
            "channel": np.array(list("abcdef"))[channel],
            "desk": np.char.add("desk ", desk.astype(str)),
            "quantity": quantity,
            "net": net,
            "total": np.round(net * quantity, 2),
            "ordered": ordered,
            "delivered": ordered + pd.to_timedelta(rng.poisson(1 + state % 5, rows), unit="D"),
            "kilograms": kilograms,
            "pounds": np.round(kilograms * _POUNDS, 2),
        }
    )


def breaks(frame: pd.DataFrame, real: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return, per law, which rows break it; values the real rows do not have are not judged where a law says which go together."""
    out = {}
    for law in LAWS[:3]:
        first, second = law.split("→")
        due = real.drop_duplicates(first).set_index(first)[second]
        wanted = frame[first].astype(object).map(due.astype(object))
        out[law] = (wanted.notna() & (wanted != frame[second].astype(object))).to_numpy()
    out["total"] = (np.abs(frame["net"] * frame["quantity"] - frame["total"]) > 0.0051).to_numpy()
    out["dates"] = (frame["ordered"] > frame["delivered"]).to_numpy()
    out["pounds"] = (np.abs(frame["kilograms"] * _POUNDS - frame["pounds"]) > 0.0051).to_numpy()
    return out


def near(frame: pd.DataFrame) -> float:
    """Return the share of rows whose desk is not its channel's."""
    due = frame["channel"].astype(str).map({letter: f"desk {number}" for number, letter in enumerate("abcdef")})
    return float((due != frame["desk"].astype(str)).mean())


def tables(rows: int) -> Split:
    """Make rows to learn from, and as many unseen ones."""
    table = infer_schema(orders(2 * rows))[0]
    order = np.random.default_rng(1).permutation(2 * rows)
    return Split(table.rows(np.sort(order[:rows])), table.rows(np.sort(order[rows:])))


def run(key: str, split: Split, seed: int) -> tuple[dict[str, float], tuple[str, ...]]:
    """Fit, draw as many rows, and count; return the figures and what the candidate's notes say."""
    context = Context(seed)
    start = time.process_time()
    sampler = generators()[key].from_settings().fit(split.train, context)
    fitted = time.process_time()
    frame = cast(sampler(len(split.train), context), split.schema)[0]
    drawn = time.process_time()
    real = pd.concat([split.train.frame, split.holdout.frame])
    broken = breaks(frame, real)
    case = Case(split, frame, Shared(split))
    rules = measures()["rules"].from_settings().measure(case, Context()).headline.value
    shares = {law: float(mask.mean()) for law, mask in broken.items()}
    whole = float(np.logical_or.reduce(list(broken.values())).mean())
    said = {**shares, "any": whole, "near": near(frame), "rules": rules, "fit s": fitted - start, "draw s": drawn - fitted}
    return said, context.notes.lines()


def main() -> None:
    """Print one line per size and generator."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, nargs="+", default=[2_000, 10_000])
    options.add_argument("--generators", nargs="+", default=list(NATIVE))
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--notes", action="store_true", help="print what the candidates' notes say")
    asked = options.parse_args()
    for rows in asked.rows:
        split = tables(rows)
        for key in asked.generators:
            figures, notes = run(key, split, asked.seed)
            print(f"{rows:>6,} {key:<16}", "  ".join(f"{name} {value:.3f}" for name, value in figures.items()), flush=True)
            for note in notes if asked.notes else ():
                print("       ", note)


if __name__ == "__main__":
    main()
