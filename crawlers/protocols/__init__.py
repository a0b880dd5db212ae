"""Pure parsers: bytes of one page in, raw rows and the next requests out. Nothing here touches the network."""
