"""`orebound check data`: every file of a folder, or one file, through the same door as a run."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from .audit_case import Role
from .auditing import audit
from .errors import ConfigError, DataRefused, OreboundError
from .refusal import AuditRefused
from .series import Finding, RawSeries
from .sources.csv_files import read_csv
from .sources.stated import StatedFacts, guessed_facts, stated_by
from .symbols import is_symbol
from .units import Kind, kind_of
from .universe import IdentityAnchor
from .universe_reference import shipped_listings

Verdict = Literal["accepted", "repaired", "refused"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
REFUSED_EXIT = DataRefused.exit_code


@dataclass(frozen=True)
class FileCheck:
    """What became of one file: accepted as it is, repaired and said so, or refused."""

    file: str
    symbol: str
    outcome: Verdict
    role: str = ""
    rows: int = 0
    first: str = ""
    last: str = ""
    masked: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def detail(self) -> str:
        """The reasons of a refusal, or what was repaired, in one line."""
        wanted = ("refused",) if self.outcome == "refused" else ("repaired", "masked")
        words = [str(finding) for finding in self.findings if finding.outcome in wanted]
        return "; ".join(words[:3]) + (f"; and {len(words) - 3} more" if len(words) > 3 else "")


@dataclass(frozen=True)
class CheckReport:
    """The files of one check.

    Attributes
    ----------
    files : tuple of FileCheck, in the order of their names
    """

    path: str
    files: tuple[FileCheck, ...]

    def count(self, outcome: Verdict) -> int:
        """Return how many files had this outcome."""
        return sum(file.outcome == outcome for file in self.files)

    @property
    def exit_code(self) -> int:
        """0, or 3 if any file is refused."""
        return REFUSED_EXIT if self.count("refused") else 0

    @property
    def verdict(self) -> str:
        """The one line that a check ends in."""
        words = [f"{self.count(o)} {o}" for o in VERDICTS]
        ending = "data REFUSED" if self.exit_code else "data OK"
        return f"{ending}: {len(self.files)} files, {', '.join(words)}"

    @property
    def frame(self) -> pd.DataFrame:
        """Return one row a file."""
        names = ("file", "symbol", "outcome", "role", "rows", "first", "last", "masked", "detail")
        rows = [
            {**{name: getattr(file, name) for name in names}, "findings": len(file.findings)}
            for file in self.files
        ]
        return pd.DataFrame(rows, columns=[*names, "findings"])

    @property
    def findings_frame(self) -> pd.DataFrame:
        """Return one row a finding."""
        columns = ["file", "symbol", "row", "date", "column", "rule", "outcome", "detail"]
        rows = [asdict(finding) for file in self.files for finding in file.findings]
        return pd.DataFrame(rows, columns=columns)


def check_data(
    path: str | Path,
    *,
    symbol: str | None = None,
    facts: StatedFacts | None = None,
    role: Role | None = None,
    kind: Kind | None = None,
    anchors: Sequence[IdentityAnchor] = (),
    allow: Collection[str] = (),
) -> CheckReport:
    """Return what the door makes of a file, or of every CSV file of a folder.

    Parameters
    ----------
    symbol : str or None
        For one file: the symbol it would be used as; from its name where None.
    facts : StatedFacts or None
        Used where no `prices.toml` speaks; where None too they are guessed from the file's name,
        and a finding says what was assumed.
    role : {"traded", "signal"} or None
        None: traded for open-to-close files of an exchange, signal for the rest.
    anchors : sequence of IdentityAnchor
        Applied to every file, beside those of the shipped listings whose symbol the file bears or
        has as a word of its name.

    Raises
    ------
    ConfigError
        If the path holds no CSV file, or `symbol` is given for a folder.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(path.glob("*.csv"))
        if not files:
            raise ConfigError(f"{path}: the folder holds no *.csv file")
        if symbol is not None:
            raise ConfigError(f"symbol {symbol!r} needs one file, {path} is a folder")
    elif path.exists():
        files = [path]
    else:
        raise ConfigError(f"{path}: no such file or folder")
    checks = []
    for file in files:
        name = symbol or _symbol_of(file)
        known = (*anchors, *_shipped_anchors(name, file))
        try:
            raw = read_csv(file, symbol=name, facts=facts or _facts_of(name, file))
            checks.append(_judge(file, raw, role, kind, known, allow))
        except OreboundError as error:
            checks.append(FileCheck(file.name, name, "refused", findings=_evidence(file, error)))
    return CheckReport(str(path), tuple(checks))


def _judge(
    file: Path,
    raw: RawSeries,
    role: Role | None,
    kind: Kind | None,
    anchors: Sequence[IdentityAnchor],
    allow: Collection[str],
) -> FileCheck:
    role = role or _role_of(raw)
    series = audit(raw, role=role, kind=kind, anchors=anchors, allow=allow)
    changed = any(finding.outcome in ("repaired", "masked") for finding in series.findings)
    return FileCheck(
        file=file.name,
        symbol=series.symbol,
        outcome="repaired" if changed else "accepted",
        role=role,
        rows=len(series.frame),
        first=str(series.sessions[0]),
        last=str(series.sessions[-1]),
        masked=len(series.masked),
        findings=series.findings,
    )


def _evidence(file: Path, error: OreboundError) -> tuple[Finding, ...]:
    if isinstance(error, AuditRefused):
        return error.findings
    return (Finding(file.name, "config", "refused", str(error)),)


def _role_of(raw: RawSeries) -> Role:
    has_range = bool(raw.frame[["open", "high", "low"]].notna().to_numpy().any())
    return "traded" if has_range and kind_of(raw.facts) in ("equity", "etf") else "signal"


def _symbol_of(file: Path) -> str:
    """Return the file's stem, cut where a vendor's long name is no symbol."""
    stem = file.name.removesuffix(".csv")
    if is_symbol(stem):
        return stem
    cut = re.sub(r"[^A-Za-z0-9._=^-]", "_", stem).lstrip("._=^-")[:32]
    return cut if is_symbol(cut) else "file"


def _facts_of(symbol: str, file: Path) -> StatedFacts:
    for listing in shipped_listings().values():
        if symbol == listing.symbol("csv"):
            assumed = f"those of the shipped listing {listing.id}"
            return replace(stated_by(listing), assumed=assumed)
    return guessed_facts(file.name.removesuffix(".csv"))


def _shipped_anchors(symbol: str, file: Path) -> list[IdentityAnchor]:
    words = {symbol, *re.split(r"[_\s]+", file.name.removesuffix(".csv"))}
    listings = shipped_listings().values()
    return [a for listing in listings if listing.symbol("csv") in words for a in listing.anchors]
