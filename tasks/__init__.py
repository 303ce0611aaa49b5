"""What the system does: the only storey with effects. Each business step is one file."""
