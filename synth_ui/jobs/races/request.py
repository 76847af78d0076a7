"""What a user asks a race for: generators with settings, seeds and rules, and files made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from synth_ui.core.errors import SettingError
from synth_ui.core.rules.asked import Asked
from synth_ui.core.rules.constraint import Constraint
from synth_ui.core.table import TableSize
from synth_ui.generators.base import Cost
from synth_ui.generators.catalogue import generator_of, known_generators
from synth_ui.jobs.runs import polish
from synth_ui.store.run_rows import as_json

FILE = "file"
"""The generator that stands for rows made elsewhere."""


@dataclass(frozen=True)
class Request:
    """What a user asks for: a generator with settings, or a file made elsewhere.

    Attributes
    ----------
    generator
        Its key; "file" for a file.
    seed, seeds
        The first seed, and how many candidates to make with seeds counted up from it.
    path
        For "file": where it is.
    constraints
        Rules every row of the candidate keeps.
    polish
        Whether rows are chosen among more that are drawn; see `synth_ui.jobs.runs.polish`.
    """

    generator: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    seeds: int = 1
    path: str | None = None
    constraints: tuple[Constraint, ...] = ()
    polish: bool = False

    @property
    def is_file(self) -> bool:
        """Whether the rows were made elsewhere."""
        return self.generator == FILE


def with_polished(requests: Sequence[Request], rows: int) -> list[Request]:
    """Return the requests, and one for a polished candidate of each generator that is polished on so many training rows."""
    known = known_generators()
    plain = [one for one in requests if not one.polish and one.generator in known]
    return [*requests, *(replace(one, polish=True) for one in plain if not polish.refusal(known[one.generator], rows))]


@dataclass(frozen=True)
class Planned:
    """A candidate that will be made: its name, with what, and what that is expected to cost."""

    candidate: str
    generator: str
    settings: Mapping[str, Any]
    asked: str
    seed: int
    cost: Cost


def plan(requests: Sequence[Request], size: TableSize, rows: int) -> list[Planned]:
    """Name the candidates and put them in order, cheapest first.

    A candidate is named by its generator's key; a second set of settings or rules of the same generator adds "-2", a second seed
    "#2": `cart`, `cart#2`, `cart-2`, `cart-2#2`. What is asked for twice is made once.
    """
    variants: dict[str, list[str]] = {}
    seeds: dict[tuple[str, str], list[int]] = {}
    planned = []
    for request in requests:
        if request.is_file:
            continue
        if request.seeds < 1:
            raise SettingError(f"seeds is {request.seeds}; at least one is made.")
        generator = generator_of(request.generator, request.settings)
        settings = generator.settings()
        known = variants.setdefault(request.generator, [])
        asked = Asked(request.constraints, polish=request.polish).to_json()
        text = as_json(settings) + asked
        if text not in known:
            known.append(text)
        variant = request.generator + (f"-{known.index(text) + 1}" if known.index(text) else "")
        for seed in range(request.seed, request.seed + request.seeds):
            made = seeds.setdefault((request.generator, text), [])
            if seed in made:
                continue
            made.append(seed)
            name = variant + (f"#{len(made)}" if len(made) > 1 else "")
            cost = polish.cost(generator, size, rows) if request.polish else generator.cost(size, rows)
            planned.append(Planned(name, request.generator, settings, asked, seed, cost))
    return sorted(planned, key=lambda candidate: candidate.cost.seconds)
