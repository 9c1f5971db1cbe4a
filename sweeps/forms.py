"""Which compiled forms of the replay a sweep calls, and having them ready before it does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.strategies import DeclaredRule

from .ahead import turn_to_compile
from .config import RunConfig
from .design import runs_of
from .plan import Plan, Rows
from .prepared import changed
from .replay.book_caps import are_set
from .replay.ready import FORMS, Form, compile_now, is_compiled

#: Parameters that choose the form; of a rule of one's own, those of the sizing.
READ = ("mode", "cash_rate", "adv_cap", "metal_cap", "gross_cap")
COMPILING: dict[Form, str] = {
    "lanes": "compiling the replay for this processor: once, up to half a minute",
    "scalar": "compiling the scalar form of the replay: once, up to half a minute",
    "legs": "compiling the replay of hedge legs and book caps: once, up to a minute",
}


def form_of(config: RunConfig) -> Form:
    """Return the form that a configuration is replayed in, as far as it can be told beforehand.

    What the lanes do not reach for a reason of the market (many names, borrow that is owed) is told
    as theirs.
    """
    rule = config.rule
    has_legs = type(rule).legs is not DeclaredRule.legs and bool(rule.hedges_needed())
    if has_legs or are_set(config.sizing):
        return "legs"
    return "scalar" if config.sizing.cash_rate or config.sizing.adv_cap else "lanes"


def forms_of(plan: Plan, rows: Rows) -> tuple[Form, ...]:
    """Return the forms that some combinations of a plan are replayed in."""
    base, design = plan.config.base, plan.design
    places = [k for k, name in enumerate(design.names) if name in READ]
    if not places:
        return (form_of(base),)
    columns = [_kinds(design.names[k], design.levels[k])[design.codes[k][rows]] for k in places]
    order, starts = runs_of(columns)
    found = {form_of(changed(base, design.row(int(row)))) for row in rows[order[starts]]}
    return tuple(form for form in FORMS if form in found)


def _kinds(name: str, levels: tuple[Any, ...]) -> NDArray[np.int64]:
    """Return by value what a form is told by: each mode, and whether any other is 0."""
    return np.array([k if name == "mode" else int(bool(one)) for k, one in enumerate(levels)])


def make_forms_ready(
    plan: Plan, chunks: list[int], tell: Callable[[str], None], *, loads: bool
) -> None:
    """Compile the forms that some chunks call and that this machine has not yet, saying so.

    Parameters
    ----------
    loads : bool
        Whether those compiled already are read from disk, so that the first chunk tells what
        others will take.
    """
    rows = np.concatenate([plan.rows_of(number) for number in chunks])
    for form in forms_of(plan, rows):
        if not is_compiled(form):
            tell(COMPILING[form])
            with turn_to_compile(partial(is_compiled, form)):
                compile_now(form)
        elif loads:
            compile_now(form)
