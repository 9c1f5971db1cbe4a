"""The compiled replay of backtrader's broker and of declared rules."""
