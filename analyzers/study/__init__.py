"""Studies: what closed the gaps, when, and against what; the article's own figures."""

from .article import ARTICLE_SYMBOLS, NOTE, absent_symbols, article_table, article_verdicts

__all__ = [
    "ARTICLE_SYMBOLS",
    "NOTE",
    "absent_symbols",
    "article_table",
    "article_verdicts",
]
