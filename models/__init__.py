"""What the system knows: tables, rules as expressions, invariants, errors. No effect and no clock lives here."""
