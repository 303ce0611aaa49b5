"""What a company says to its customers: one text, one page of HTML and one short line for each kind of the outbox."""
