"""Which code and packages a run used; the environment itself is never recorded."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

#: The packages whose version can change a figure; nothing else is looked up.
PACKAGES = (
    *("backtrader", "empyrical-reloaded", "exchange_calendars", "matplotlib", "numpy", "pandas"),
    *("pyarrow", "pydantic", "pyfolio-reloaded", "scipy", "typer", "yfinance"),
)
GIT_SECONDS = 10
URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?:[^\s/@]*@)?(?P<rest>[^\s?#]*)\S*", re.I)
SECRET = re.compile(r"((?:token|secret|password|passwd|api[_-]?key)\s*[=:]\s*)\S+", re.I)


def provenance() -> dict[str, dict[str, Any]]:
    """Return ``{"code": {version, commit, dirty}, "packages": {name: version}}``.

    ``commit`` and ``dirty`` are None where the package runs outside its git checkout. The text of
    a change is never kept, and neither are remotes or branches.
    """
    return {"code": code_identity(), "packages": package_versions()}


def code_identity() -> dict[str, Any]:
    """Return the version, the commit of the checkout and whether files differ from it."""
    root = Path(__file__).resolve().parents[1]
    identity: dict[str, Any] = {"version": own_version(), "commit": None, "dirty": None}
    if not (root / ".git").exists() or not (root / "setup.cfg").is_file():
        return identity
    commit = _git(root, "rev-parse", "--verify", "HEAD")
    changed = _git(root, "status", "--porcelain")
    identity["commit"] = commit or None
    identity["dirty"] = None if changed is None else bool(changed)
    return identity


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that can change a figure."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def own_version() -> str:
    """Return the installed version of the package, or ``unknown`` when run from bare files."""
    try:
        return version("orebound")
    except PackageNotFoundError:
        return "unknown"


def without_secrets(text: str) -> str:
    """Return the text without user names and queries in URLs, and without named secrets."""
    return SECRET.sub(r"\1***", URL.sub(r"\g<scheme>\g<rest>", text))


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git says, or None where there is no git or it refuses."""
    git = shutil.which("git")
    if git is None:
        return None
    # A bare environment: GIT_DIR and the like must not point git at another repository.
    done = subprocess.run(  # noqa: S603 - fixed arguments, no shell
        [git, "-C", str(root), *arguments],
        env={"PATH": str(Path(git).parent), "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        capture_output=True,
        text=True,
        timeout=GIT_SECONDS,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else None
