"""What proofs of parity draw for each parameter, one file a part."""
