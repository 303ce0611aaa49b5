"""When things are done: the clock, the recipes, the Prefect flows, the command line. No SQL lives here."""
