"""Universes are dated facts: shipped by name, or the user's own, refused in words when wrong."""

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from orebound.feeds import ConfigError, Issuer, clock
from orebound.feeds.universe_files import commodity_betas, load_universe, universe_names
from orebound.feeds.universe_reference import shipped_issuers, shipped_listings, shipped_vetoes

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"

OWN = """
[[own]]
symbol = "LUN.TO"
mic = "XTSE"
currency = "CAD"
half_spread_bps = 5
{more}
[[own.exposures]]
valid_from = 2024-02-21
copper = 0.8
gold = 0.2
"""


def own_file(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def weights(issuer: Issuer, day: str) -> dict[str, float]:
    on = date.fromisoformat(day)
    return {e.commodity: e.weight for e in issuer.exposures if e.valid_from == on}


def test_presets_hold_the_stated_names() -> None:
    assert universe_names() == ("europe-2025", "gold-2025", "nyse-miners")
    symbols = {
        name: [listing.symbol("csv") for listing in load_universe(name).listings]
        for name in universe_names()
    }
    assert symbols["europe-2025"] == ["RIO.L", "ANTO.L", "NHY.OL", "FRES.L", "SSAB-A.ST"]
    assert symbols["gold-2025"] == ["FRES.L", "AU", "HOC.L"]
    nyse = {"RIO", "BHP", "FCX", "SCCO", "VALE", "NEM", "B", "AA", "TECK", "AU"}
    assert set(symbols["nyse-miners"]) == nyse


def test_only_the_published_picks_are_dated_and_all_presets_tell_their_hindsight() -> None:
    dated = {name: load_universe(name).valid_from for name in universe_names()}
    picked = date(2025, 3, 24)
    assert dated == {"europe-2025": picked, "gold-2025": picked, "nyse-miners": None}
    assert all(load_universe(name).hindsight for name in universe_names())


def test_market_factors_follow_the_source() -> None:
    assert [spec.symbol for spec in load_universe("nyse-miners").market] == ["SPY"]
    assert [s.symbol for s in load_universe("gold-2025").market] == ["IEUR", "STOXX600"]
    yahoo = load_universe("gold-2025", source="yahoo")
    assert [s.symbol for s in yahoo.market] == ["IEUR", "^STOXX"]
    explicit = load_universe("nyse-miners", market="IEUR")
    assert [s.symbol for s in explicit.market] == ["IEUR"]


def test_eighteen_issuers_have_a_listing_exposures_and_an_exchange() -> None:
    issuers = shipped_issuers()
    assert len(issuers) == 18
    assert {listing.issuer for listing in shipped_listings().values()} == set(issuers)
    assert all(issuer.exposures for issuer in issuers.values())
    assert all(clock(listing.mic).is_exchange for listing in shipped_listings().values())


def test_exposures_of_each_publication_sum_to_one() -> None:
    for issuer in shipped_issuers().values():
        sums: defaultdict[date, float] = defaultdict(float)
        for exposure in issuer.exposures:
            assert exposure.commodity in commodity_betas()
            assert exposure.source
            sums[exposure.valid_from] += exposure.weight
        # BHP's shares of FY2024 are stated before group costs and sum to 1.02.
        assert all(total == pytest.approx(1.0, abs=0.021) for total in sums.values()), issuer.id


def test_exposures_are_dated_by_publication() -> None:
    issuers = shipped_issuers()
    bhp_2024 = {"copper": 0.29, "iron_ore": 0.65, "coal": 0.08}
    assert weights(issuers["BHP"], "2024-08-27") == bhp_2024
    assert weights(issuers["BHP"], "2025-08-19")["copper"] == 0.45
    assert weights(issuers["RIO"], "2025-02-19")["iron_ore"] == 0.66
    assert weights(issuers["RIO"], "2026-02-19")["copper"] == 0.28
    teck = issuers["TECK"].exposures
    assert {e.valid_from for e in teck if e.commodity == "coal"} == {date(2024, 2, 29)}
    assert min(e.valid_from for e in teck if e.commodity == "copper") < date(2024, 7, 1)


def test_exposures_agree_with_the_table_they_come_from() -> None:
    path = ROOT.parent / "shared" / "reference" / "miner_exposures.csv"
    if not path.exists():
        pytest.skip(f"the reference table is not there: {path.name}")
    names = {"cu": "copper", "al": "aluminium", "fe": "iron_ore", "au": "gold", "ag": "silver"}
    names |= {"zn": "zinc", "pb": "lead", "ni": "nickel", "mo": "molybdenum"}
    names |= {name: name for name in ("coal", "steel", "other")}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            issuer = shipped_issuers()[row["key"]]
            stated = {names[k]: float(row[f"w_{k}"]) for k in names if float(row[f"w_{k}"])}
            dates = sorted({e.valid_from.isoformat() for e in issuer.exposures})
            assert stated in [weights(issuer, day) for day in dates], row["key"]


def test_stamp_duty_follows_line_and_date() -> None:
    listings = shipped_listings()
    on = date(2024, 6, 3)
    owing = {name for name, listing in listings.items() if listing.duty_rate(on)}
    assert owing == {"rio-xlon", "anto-xlon", "fres-xlon", "hoc-xlon", "aal-xlon"}
    assert listings["bhp-xlon"].duty_rate(date(2021, 6, 1)) == 0.005
    assert listings["bhp-xlon"].duty_rate(date(2022, 1, 30)) == 0.005
    assert listings["bhp-xlon"].duty_rate(date(2022, 1, 31)) == 0.0
    assert listings["bhp-xnys"].duty_rate(date(2021, 6, 1)) == 0.0


def test_half_spreads_and_units_are_the_stated_ones() -> None:
    listings = shipped_listings()
    spreads = {name: listings[name].half_spread_bps for name in ("rio-xlon", "hoc-xlon", "b-xnys")}
    assert spreads == {"rio-xlon": 1.5, "hoc-xlon": 12.0, "b-xnys": 1.0}
    units = {listing.mic: (listing.currency, listing.unit) for listing in listings.values()}
    assert units == {
        "XLON": ("GBP", "GBp"),
        "XNYS": ("USD", "USD"),
        "XOSL": ("NOK", "NOK"),
        "XSTO": ("SEK", "SEK"),
    }


def test_vetoes_reach_the_universes_that_hold_the_issuer() -> None:
    assert {veto.issuer for veto in shipped_vetoes()} == {"AA", "AAL", "TECK", "FCX"}
    held = load_universe("nyse-miners").vetoes
    assert {veto.issuer: veto.start for veto in held} == {
        "TECK": date(2025, 9, 9),
        "FCX": date(2025, 9, 8),
        # Alcoa Inc was another company until 2016-11-01; the gap spans it for a year.
        "AA": date(2000, 1, 1),
    }


@pytest.mark.parametrize(
    ("file", "is_barrick"),
    [("prices/B.csv", True), ("dirty/reused_ticker_B_is_barnes_not_barrick.csv", False)],
)
def test_anchors_tell_barrick_from_barnes(file: str, is_barrick: bool) -> None:
    if not (DATA / file).exists():
        pytest.skip(f"market data are not there: {file}")
    with (DATA / file).open(encoding="utf-8", newline="") as rows:
        raw = {
            row["Date"]: float(row.get("RawClose") or row["Close"]) for row in csv.DictReader(rows)
        }
    for anchor in shipped_listings()["b-xnys"].anchors:
        miss = abs(raw[anchor.date.isoformat()] / anchor.raw_close - 1.0)
        assert (miss <= anchor.tolerance) is is_barrick
        assert "Barrick" in anchor.company
        assert "Barnes" in anchor.other_company


def test_the_former_ticker_of_barrick_is_anchored_too() -> None:
    listing = shipped_listings()["gold-xnys"]
    assert listing.issuer == "B"
    assert all("Gold.com" in anchor.other_company for anchor in listing.anchors)
    assert listing.anchors


def test_metals_are_lme_first_and_a_stand_in_says_so() -> None:
    local, yahoo = load_universe("nyse-miners"), load_universe("nyse-miners", source="yahoo")
    assert [spec.symbol for spec in local.metals["copper"]] == ["LME_CU", "DBB"]
    assert [spec.symbol for spec in yahoo.metals["copper"]] == ["DBB"]
    assert not local.metals["copper"][0].stand_in
    for name in ("copper", "aluminium", "zinc", "nickel"):
        assert "an ETF of LME" in yahoo.metals[name][0].stand_in
    assert "no nickel" in yahoo.metals["nickel"][0].stand_in
    assert [s.symbol for s in local.metals["gold"]] == ["GLD", "GC"]
    assert [s.symbol for s in local.metals["steel"]] == ["HRC_SHFE", "REBAR_SHFE"]
    assert yahoo.metals["iron_ore"] == yahoo.metals["steel"] == ()
    assert set(local.metals) == set(commodity_betas())


def test_comex_copper_comes_by_explicit_choice_only_and_warns() -> None:
    for source in ("csv", "yahoo"):
        universe = load_universe("nyse-miners", source=source)
        symbols = {spec.symbol for specs in universe.metals.values() for spec in specs}
        assert not symbols & {"HG", "HG=F", "CPER"}
    (spec,) = load_universe("nyse-miners", metals={"copper": "HG"}).metals["copper"]
    assert spec.symbol == "HG"
    assert "tariff premium" in spec.basis_warning
    (spec,) = load_universe("nyse-miners", source="yahoo", metals={"copper": "HG"}).metals["copper"]
    assert spec.symbol == "HG=F"
    assert "tariff premium" in spec.basis_warning
    assert load_universe("nyse-miners", metals={"copper": "CPER"}).metals["copper"][0].basis_warning


def test_a_local_series_chosen_for_a_yahoo_run_is_read_from_files() -> None:
    (spec,) = load_universe("nyse-miners", source="yahoo", metals={"zinc": "LME_ZN"}).metals["zinc"]
    assert (spec.symbol, spec.source) == ("LME_ZN", "csv")


def test_fixed_betas_are_the_measured_ones_or_one() -> None:
    betas = commodity_betas()
    assert betas["copper"] == 1.54
    assert betas["gold"] == 2.0
    assert set(betas.values()) == {1.54, 2.0, 1.0}


def test_an_own_file_names_shipped_listings_by_id_or_symbol(tmp_path: Path) -> None:
    path = own_file(tmp_path, 'listings = ["fcx-xnys", "RIO.L", "GOLD"]')
    universe = load_universe(path)
    assert [listing.id for listing in universe.listings] == ["fcx-xnys", "rio-xlon", "gold-xnys"]
    assert universe.name == "mine"
    assert set(universe.issuers) == {"FCX", "RIO", "B"}
    assert load_universe(str(path)) == universe


def test_the_documented_file_loads(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "universe.md").read_text(encoding="utf-8")
    universe = load_universe(own_file(tmp_path, text.split("```toml")[1].split("```")[0]))
    own = universe.listings[-1]
    assert (own.id, own.issuer, own.mic, own.unit) == ("lun-xtse", "LUN", "XTSE", "CAD")
    assert weights(universe.issuers["LUN"], "2024-02-21") == {"copper": 0.8, "gold": 0.2}
    assert universe.metals["zinc"][0].source == "csv"
    assert universe.metals["zinc"][0].stand_in == "an ETF for LME zinc"
    assert [spec.symbol for spec in universe.metals["copper"]] == ["LME_CU", "DBB"]
    assert [veto.issuer for veto in universe.vetoes] == ["FCX", "LUN"]
    assert universe.valid_from == date(2024, 2, 1)


def test_an_own_listing_may_belong_to_a_shipped_issuer(tmp_path: Path) -> None:
    text = '[[own]]\nsymbol = "TECK-B.TO"\nissuer = "TECK"\nmic = "XTSE"\ncurrency = "CAD"\n'
    universe = load_universe(own_file(tmp_path, text + "half_spread_bps = 2\n"))
    assert universe.issuers["TECK"] == shipped_issuers()["TECK"]
    assert universe.listings[0].id == "teck-b.to-xtse"


def test_names_that_are_no_universe_are_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'nyse-miners'"):
        load_universe("nyse-miner")
    with pytest.raises(ConfigError, match=r"absent\.toml: no such universe file; shipped: europe"):
        load_universe("absent.toml")
    with pytest.raises(ConfigError, match="unknown source 'yaho'; did you mean 'yahoo'"):
        load_universe("nyse-miners", source="yaho")
    with pytest.raises(ConfigError, match=r"explicit metals.*did you mean 'copper'"):
        load_universe("nyse-miners", metals={"coper": "LME_CU"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('listing = ["RIO"]', r"mine\.toml: key 'listing': unknown key 'listing'.*'listings'"),
        ('listings = ["RIO.LN"]', r"key 'listings': unknown listing 'RIO\.LN'.*'RIO\.L'"),
        ('listings = ["RIO", "rio-xnys"]', "key 'listings': 'rio-xnys' is named twice"),
        ("listings = []", "key 'listings': name at least one listing"),
        ('listings = "RIO"', r"key 'listings': expected a list of names, got 'RIO'"),
        ('listings = ["RIO"]\nvalid_from = "2025"', "key 'valid_from': expected a date"),
        ('listings = ["RIO"]\n[metals]\ncoper = "DBB"', r"key 'metals\.coper'.*'copper'"),
        ('listings = ["RIO"]\n[metals]\ncopper = "../x"', r"key 'metals\.copper\.symbol'"),
        (
            'listings = ["RIO"]\n[metals]\ncopper = {symbol = "A", src = "csv"}',
            r"key 'metals\.copper\.src': unknown key 'src'.*'source'",
        ),
        ('listings = ["RIO"]\nmarket = []', "key 'market': name at least one series"),
        ("listings = [", "not a TOML file in UTF-8"),
        (OWN.format(more='tick = "x"'), r"key 'own\[1\]\.tick': unknown key 'tick'"),
        (OWN.format(more="").replace("XTSE", "XTSX"), r"key 'own\[1\]\.mic'.*'XTSE'"),
        (OWN.format(more="").replace("LUN.TO", "../LUN"), r"key 'own\[1\]\.symbol': expected"),
        (OWN.format(more="").replace("LUN.TO", "=LUN"), r"beginning with a letter.*'=LUN'"),
        (OWN.format(more="").replace("LUN.TO", "L" * 33), r"1 to 32"),
        (OWN.format(more='unit = "GBp"'), r"own\[1\]\.unit': expected CAD for a line in CAD"),
        (OWN.format(more="").replace("0.2", "0.9"), r"weights must sum to about 1"),
        (OWN.format(more="").replace("gold", "golt"), r"exposures\[1\]\.golt'.*'gold'"),
        (OWN.format(more="").replace("valid_from = 2024-02-21", ""), r"valid_from': is missing"),
        (OWN.format(more="").replace("= 5", "= nan"), r"half_spread_bps': expected a number"),
        (OWN.format(more='issuer = "RIO"'), "'RIO' exists already"),
        (OWN.format(more='id = "rio-xnys"'), "'rio-xnys' is named twice or is a shipped id"),
        ('listings = ["RIO"]\n' + OWN.format(more='yahoo = "RIO"'), "share the yahoo symbol 'RIO'"),
        (
            'listings = ["RIO"]\n[[veto]]\nissuer = "ROI"\nstart = 2024-01-01\nreason = "x"',
            r"key 'veto\[1\]\.issuer': unknown issuer 'ROI'.*'RIO'",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_key_and_what_is_accepted(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        load_universe(own_file(tmp_path, text))


def test_folders_and_large_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such universe file"):
        load_universe(tmp_path)
    path = own_file(tmp_path, "# " + "x" * 1_000_001)
    with pytest.raises(ConfigError, match="at most 1,000,000 bytes"):
        load_universe(path)
