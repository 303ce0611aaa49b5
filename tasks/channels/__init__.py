"""How a message reaches a customer: by mail, by WhatsApp, by SMS; each behind the same interface."""
