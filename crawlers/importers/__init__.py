"""Reading files that others collected: each importer makes raw rows or frames, which pass the same gate as a crawl."""

import os

# An import frees what a block took just before the next takes as much: Polars' allocator keeps it for so long in between, where
# the system would give each page anew. It is asked once, when Polars is first imported.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:20000,muzzy_decay_ms:20000,narenas:2")
