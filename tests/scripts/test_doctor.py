"""What the doctor says of the compiled replay."""

from __future__ import annotations

import json

import pytest
import typer

from orebound.scripts import doctor
from orebound.sweeps.sweeping import Readied


def test_the_doctor_says_of_each_form_whether_it_was_ready(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "CALENDARS", ())
    found = Readied(16, {"lanes": 0.0, "scalar": 0.0, "legs": 41.2})
    monkeypatch.setattr("orebound.sweeps.prepare_replay", lambda: found)
    with pytest.raises(typer.Exit):
        doctor.doctor(as_json=True)
    parts = {one["part"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    assert parts["compiled replay, lanes"]["found"] == (
        "16 combinations side by side; compiled already"
    )
    assert parts["compiled replay, scalar"]["found"].endswith("; compiled already")
    assert parts["compiled replay, legs"]["found"].endswith("book caps; compiled now in 41 s")
    assert all(one["ready"] for name, one in parts.items() if name.startswith("compiled"))
