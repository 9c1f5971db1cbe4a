"""Where raw series come from: files, frames, the embedded market, Yahoo; each source one module."""

from .csv_files import csv_series, read_csv
from .frames import raw_series
from .loaders import CsvLoader, FrameLoader, SampleLoader, StoreLoader
from .prices_toml import read_prices_toml
from .sample import SAMPLE_SYMBOLS, sample_series
from .stated import StatedFacts, guessed_facts, known_facts, stated_by
from .yahoo import download
from .yahoo_refusals import Cause, DownloadRefused

__all__ = [
    "SAMPLE_SYMBOLS",
    "Cause",
    "CsvLoader",
    "DownloadRefused",
    "FrameLoader",
    "SampleLoader",
    "StatedFacts",
    "StoreLoader",
    "csv_series",
    "download",
    "guessed_facts",
    "known_facts",
    "raw_series",
    "read_csv",
    "read_prices_toml",
    "sample_series",
    "stated_by",
]
