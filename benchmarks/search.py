"""Compare ways of looking for settings: changes of the best so far against Optuna's TPE, at the same trials and the same time.

python benchmarks/search.py [--trials 24] [--seeds 0,1,2] [--ways 0,1] [--results FILE.jsonl]

Needs optuna, which the package itself does not. Every way has the same cut, the same controls, and the same first trials (what was given,
then the presets). A line of the results holds one search: its CPU seconds and its best score after each trial.
"""

from __future__ import annotations

import argparse
import json
import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from synth_ui.core.context import Context
from synth_ui.core.tunable import Tunable, TunableKind
from synth_ui.generators.base import Generator
from synth_ui.generators.catalogue import generator_of
from synth_ui.jobs.runs import tune
from synth_ui.store.run_rows import as_json
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split

GENERATORS = ("cart", "bayes_net", "noise")
TABLES = {"penguins": None, "adult": 1_000}

Way = Callable[[Generator, Mapping[str, Tunable], int, Sequence[tune.Trial]], Iterator[Generator]]


def changed(first: Generator, free: Mapping[str, Tunable], seed: int, found: Sequence[tune.Trial]) -> Iterator[Generator]:
    """Propose changes of the best so far."""
    yield from tune._proposals(first, free, Context(seed).rng("trials"), found)


def optuna_tpe(startup: int, *, within: float | None = None) -> Way:
    """Propose what Optuna's TPE sampler proposes, after so many trials at random; `within` a factor of what was given, where it is above 0."""

    def propose(first: Generator, free: Mapping[str, Tunable], seed: int, found: Sequence[tune.Trial]) -> Iterator[Generator]:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup, multivariate=True)
        )
        kind, known = type(first), dict[str, float | None]()
        for start in (first, *(kind.from_settings(preset=name) for name in kind.presets if within is None)):
            study.enqueue_trial({name: value for name, value in start.settings().items() if name in free})
        space = {name: _distribution(optuna.distributions, _near(t, getattr(first, name), within)) for name, t in free.items()}
        while True:
            asked = study.ask(space)
            generator = kind.from_settings({**first.settings(), **asked.params})
            text = as_json(generator.settings())
            if text not in known:
                yield generator
                known[text] = found[-1].score
            score = known[text]
            study.tell(asked, score, state=None if score is not None else optuna.trial.TrialState.FAIL)

    return propose


def _near(tunable: Tunable, value: Any, within: float | None) -> Tunable:
    """Return the setting with its range cut to a factor around a value, and walked by factors."""
    if within is None or tunable.kind not in (TunableKind.INTEGER, TunableKind.NUMBER) or not value > 0:
        return tunable
    low, high = max(tunable.low or 0.0, value / within), min(tunable.high or 0.0, value * within)
    if tunable.kind is TunableKind.INTEGER:
        low, high = max(1, math.ceil(low)), math.floor(high)
    return replace(tunable, low=low, high=high, log=True)


def _distribution(of: Any, tunable: Tunable) -> Any:
    if tunable.kind is TunableKind.FLAG:
        return of.CategoricalDistribution([False, True])
    if tunable.kind is TunableKind.CHOICE:
        return of.CategoricalDistribution(list(tunable.options))
    if tunable.kind is TunableKind.INTEGER:
        return of.IntDistribution(int(tunable.low or 0), int(tunable.high or 0), log=tunable.log)
    return of.FloatDistribution(float(tunable.low or 0), float(tunable.high or 0), log=tunable.log)


WAYS: dict[str, Way] = {
    "changes of the best": changed,
    "TPE, 10 at random": optuna_tpe(10),
    "TPE, 4 at random": optuna_tpe(4),
    "TPE near the start": optuna_tpe(4, within=8),
}


def search(way: Way, generator: Generator, judge: Any, trials: int, seed: int) -> list[tuple[float, float]]:
    """Return CPU seconds and best score after each trial."""
    found: list[tune.Trial] = []
    course, start, best = [], time.process_time(), 0.0
    for number, proposed in enumerate(way(generator, tune.search_space(type(generator)), seed, found)):
        if number == trials:
            break
        found.append(judge.trial(number, proposed))
        best = max(best, found[-1].score or 0.0)
        course.append((round(time.process_time() - start, 2), round(best, 4)))
    return course


def main() -> None:
    """Search with every way on every table, seed and generator; print and keep one line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--ways", default=",".join(map(str, range(len(WAYS)))), help="by number: " + "; ".join(WAYS))
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for seed in map(int, options.seeds.split(",")):
        for table, rows in TABLES.items():
            train = make_split(load_sample(table, rows=rows).table, seed=seed).train
            judge = tune._Judge(make_split(train, seed=seed, share=tune.LEARNT_SHARE), Context(seed))
            for key in GENERATORS:
                for name, way in [list(WAYS.items())[int(place)] for place in options.ways.split(",")]:
                    course = search(way, generator_of(key), judge, options.trials, seed)
                    line = {"seed": seed, "table": table, "generator": key, "way": name, "course": course}
                    print(json.dumps({**line, "course": course[-1]}), flush=True)
                    if options.results:
                        with options.results.open("a", encoding="utf-8") as file:
                            file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
