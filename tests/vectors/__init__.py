"""What other billing systems expect of themselves, put to our rules.

`peers.json` holds the facts that agree with ours, each with its source. Every test file begins with adapters: they turn
a peer's words into a question to one of our rules, and say where the peer counts differently (ends that are included,
instants of a customer's own time zone, billing of the period that is over). Expected values are never computed here.
"""
