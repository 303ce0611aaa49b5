"""What intake files may hold: the kinds of values, the entities with their columns, and what each row must satisfy."""
