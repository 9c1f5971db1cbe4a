"""What closed a gap, by hand, the currency's part included."""

from __future__ import annotations

import math

import numpy as np
import pytest

from orebound.analyzers.closing import closing_of

ENTRY = {"gap": -0.30, "beta_metal": 1.5, "beta_market": 0.5, "run": 0.0}
ENTRY |= {"ln_equity": 1.0, "ln_basket": 2.0, "ln_market": 3.0, "ln_rate": math.log(1.25)}
LEAVE = {"gap": -0.05, "ln_equity": 1.24, "ln_basket": 2.04, "ln_market": 2.96, "run": 0.0}
LEAVE |= {"ln_rate": math.log(1.30)}


def test_parts_are_shares_of_the_closing_and_currency_one_of_the_miners() -> None:
    found = closing_of(ENTRY, LEAVE)
    # 0.24 - 1.5 x 0.04 + 0.5 x 0.04
    assert found["closing"] == pytest.approx(0.20)
    assert found["anchored_gap"] == pytest.approx(-0.10)
    assert found["roll_off"] == pytest.approx(0.25 - 0.20)
    shares = (found["equity_share"], found["metal_share"], found["market_share"])
    assert shares == pytest.approx((1.2, -0.3, 0.1))
    assert found["fx_share"] == pytest.approx(math.log(1.30 / 1.25) / 0.20)


def test_without_a_rate_only_the_currencys_share_is_unknown() -> None:
    entry = {name: value for name, value in ENTRY.items() if name != "ln_rate"}
    found = closing_of(entry, LEAVE)
    assert math.isnan(found["fx_share"])
    assert found["closing"] == pytest.approx(0.20)
    assert found["equity_share"] == pytest.approx(1.2)


def test_two_stretches_have_no_closing_at_all() -> None:
    found = closing_of(ENTRY, LEAVE | {"run": 1.0})
    assert np.isnan(list(found.values())).all()
