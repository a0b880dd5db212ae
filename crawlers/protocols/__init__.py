"""Pure parsers: bytes of one page in, a `RawPage` of rows and next requests out."""
