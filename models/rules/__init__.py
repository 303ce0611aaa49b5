"""Rules as functions from columns to SQL expressions, each stated once; steps, views and invariants all use these."""
