"""What stands around a name: turns, metals, policy, series."""
