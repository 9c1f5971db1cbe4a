"""What an unknown name is answered with."""

from __future__ import annotations

from orebound.feeds import unknown_name

MANY = [f"column_{k}" for k in range(40)]


def test_few_known_names_are_all_said() -> None:
    said = "unknown fruit 'aple'; did you mean 'apple'? known: apple, fig"
    assert unknown_name("fruit", "aple", ["fig", "apple"]) == said
    assert unknown_name("fruit", "xyz", ["fig", "apple"], listed_by="ls") == (
        "unknown fruit 'xyz'; known: apple, fig"
    )


def test_of_many_known_names_the_nearest_are_said_and_what_lists_all() -> None:
    known = [*MANY, "sharpe"]
    assert unknown_name("figure", "sharp", known, listed_by="orebound params") == (
        "unknown figure 'sharp'; did you mean 'sharpe'? `orebound params` lists all"
    )
    assert unknown_name("figure", "shrpy_x", MANY, listed_by="orebound params") == (
        "unknown figure 'shrpy_x'; `orebound params` lists all"
    )
    assert unknown_name("figure", "sharp", known) == (
        "unknown figure 'sharp'; did you mean 'sharpe'? nearest of 41: sharpe"
    )
    said = unknown_name("figure", "colum_3", known)
    assert said.startswith("unknown figure 'colum_3'; did you mean 'column_3' or ")
    assert said.count(",") == 7


def test_where_nothing_lists_them_and_none_is_near_all_are_said() -> None:
    assert unknown_name("figure", "zzz", MANY).endswith("known: " + ", ".join(sorted(MANY)))
