"""What the system shows: pure functions from a connection, or from results, to what a person reads."""
