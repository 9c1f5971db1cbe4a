from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from orebound.sweeps import provenance as module
from orebound.sweeps.provenance import provenance, without_secrets

CANARIES = [f"canary{number}xyz" for number in range(10)]


def test_no_secret_of_the_environment_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, canary in enumerate(CANARIES):
        monkeypatch.setenv(
            ("API_KEY", "AWS_SECRET", "HTTPS_PROXY")[number % 3] + str(number), canary
        )
    written = json.dumps(provenance())
    assert not [canary for canary in CANARIES if canary in written]


def test_urls_lose_their_user_and_query_and_secrets_their_value() -> None:
    said = without_secrets(
        "orebound --data https://me:canary@host.example/x?token=canary#canary "
        "--set token=canary password: canary"
    )
    assert "canary" not in said
    assert "https://host.example/x" in said


def test_only_listed_packages_are_named() -> None:
    assert set(provenance()["packages"]) <= {"python", *module.PACKAGES}
    assert provenance()["packages"]["backtrader"] == "1.9.78.123"


def test_a_changed_checkout_is_dirty_and_its_change_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "setup.cfg").write_text("")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "sweeps" / "provenance.py"))
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-q", "-m", "first"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    clean = module.code_identity()
    (tmp_path / "setup.cfg").write_text("canary")
    dirty = module.code_identity()
    assert (clean["dirty"], dirty["dirty"]) == (False, True)
    assert len(clean["commit"]) == 40
    assert "canary" not in json.dumps(dirty)


def test_outside_a_checkout_there_is_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "__file__", str(tmp_path / "site-packages" / "x" / "y.py"))
    assert module.code_identity()["commit"] is None
