"""The ledger: every trial is counted once, for good."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from orebound.sweeps.ledger import Ledger


def append(ledger: Ledger, batch: str, trials: int = 10, *, data: str = "d", **other: str) -> None:
    said = {"idea": "i", "sweep": "s", "status": "finished"} | other
    ledger.append(batch=batch, trials=trials, markets=data.split(), **said)


def test_trials_are_counted_by_data_and_idea(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "new" / "ledger.jsonl")
    assert ledger.count(["d"], "i") == 0
    append(ledger, "a")
    append(ledger, "b", 5, status="abandoned", sweep="other")
    append(ledger, "c", 100, data="other")
    append(ledger, "d", 100, idea="other")
    assert ledger.count(["d"], "i") == 15
    assert ledger.batches("s") == {"a", "c", "d"}


def test_a_batch_made_again_counts_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    append(ledger, "a")
    append(ledger, "a")
    assert ledger.count(["d"], "i") == 10


def test_a_torn_last_line_is_passed_over_and_takes_no_other_with_it(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    append(ledger, "a")
    whole = ledger.path.read_bytes()
    for length in range(1, len(whole)):
        ledger.path.write_bytes(whole + whole[:length].replace(b'"a"', b'"t"'))
        append(ledger, "b", 1)
        assert ledger.count(["d"], "i") in (11, 21)  # 21 where only the line's end was torn off
        ledger.path.write_bytes(whole)


def test_lines_are_only_ever_added(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    append(ledger, "a")
    before = ledger.path.read_bytes()
    append(ledger, "b")
    assert ledger.path.read_bytes().startswith(before)
    assert len(ledger.path.read_text().splitlines()) == 2


def test_threads_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: append(ledger, f"b{k}", 1), range(100)))
    assert ledger.count(["d"], "i") == 100


def test_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text("[]\n3\nnull\n" + json.dumps({"data": "d", "idea": "i"}) + "\n\xff\n")
    assert Ledger(path).count(["d"], "i") == 0


def test_other_sweeps_count_as_what_they_were_found_to_be_worth(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")

    def add(sweep: str, batch: str, trials: int, worth: float | None = None) -> None:
        ledger.append(
            markets=["d"], idea="i", sweep=sweep, batch=batch, trials=trials, status="finished",
            worth=worth,
        )  # fmt: skip

    add("mine", "m1", 50)
    add("judged", "j1", 60)
    add("judged", "j2", 40)
    add("judged", "worth", 0, worth=7.5)
    add("abandoned", "a1", 12)
    assert ledger.count(["d"], "i") == 162
    assert ledger.worth_of_others(["d"], "i", "mine") == 7.5 + 12.0
    assert ledger.worth_of_others(["d"], "i", "judged") == 50.0 + 12.0
    assert ledger.worth_of_others(["d"], "other idea", "mine") == 0.0


def test_a_trial_counts_for_every_market_that_its_sweep_ran_on(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    append(ledger, "a", 100, data="miners gold", sweep="both")
    append(ledger, "b", 7, data="miners", sweep="one")
    append(ledger, "c", 3, data="europe", sweep="far")
    assert ledger.count(["miners"], "i") == 107
    assert ledger.count(["gold"], "i") == 100, "not the first market's alone"
    assert ledger.count(["miners", "gold"], "i") == 107, "and each batch once"
    assert ledger.count(["gold", "europe"], "i") == 103
    assert ledger.worth_of_others(["gold"], "i", "new") == 100.0
    assert ledger.worth_of_others(["miners", "gold"], "i", "both") == 7.0
    # A line of one market reads as it always did, and an old one counts as before.
    lines = [json.loads(text) for text in ledger.path.read_text().splitlines()]
    assert "markets" not in lines[1]
    assert lines[0]["markets"] == ["miners", "gold"]
