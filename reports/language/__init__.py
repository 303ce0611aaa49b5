"""How the company speaks: words from catalogs, numbers, money, dates. See `voice.Voice`."""
