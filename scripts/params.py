"""List every parameter: section, default, bounds and meaning."""

from __future__ import annotations

from typing import Annotated, Any, get_args

import typer
from pydantic.fields import FieldInfo

from orebound.scripts.terminal import AsJson, Debug, console, print_json, print_table, run, table

OwnRule = Annotated[
    str | None,
    typer.Option("--rule", metavar="FILE.py:CLASS", help="List [rule] of a rule of one's own."),
]


def params(rule: OwnRule = None, as_json: AsJson = False, _debug: Debug = False) -> None:
    """List every parameter that --set, a TOML file and Python take, and the keys of [sweep].

    Keys of [sweep] are those of a sweep file and of ob.sweep(...): docs/sweeps.md.

    Example: [bold]orebound params[/bold], then [bold]orebound backtest --set rule.z_in=2[/bold]
    """
    from orebound.strategies import own_rule
    from orebound.sweeps import RUN_SECTIONS, SweepSettings

    sections = RUN_SECTIONS | ({"rule": own_rule(rule)} if rule else {})
    rows = [
        {
            "parameter": f"{section}.{name}",
            "default": _shown(field.default),
            "accepted": _accepted(field),
            "meaning": field.description or "",
        }
        for section, model in (sections | {"sweep": SweepSettings}).items()
        for name, field in model.model_fields.items()
    ]
    if as_json:
        print_json(rows)
        return
    print_table(console(), table("", rows[0], [tuple(row.values()) for row in rows]))


def _shown(value: Any) -> str:
    return "" if value is None or value == {} else str(value)


def _accepted(field: FieldInfo) -> str:
    """Return choices, or the bounds in the field's own comparison signs."""
    choices = [arg for arg in get_args(field.annotation) if isinstance(arg, str)]
    if choices:
        return ", ".join(choices)
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    bounds = [
        f"{sign} {getattr(part, name):g}"
        for part in field.metadata
        for name, sign in signs.items()
        if getattr(part, name, None) is not None
    ]
    return ", ".join(bounds)


if __name__ == "__main__":
    run(params)
