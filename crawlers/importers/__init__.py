"""Reading files that others collected: each importer makes raw rows or frames, which pass the same gate as a crawl."""
