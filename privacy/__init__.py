"""Source policies, redaction, pseudonyms and the vault's key, opt-outs, sensitive matters, disclosure, audit."""
