"""The Scrapy project: pure parsers, spiders, file importers, the frontier, middlewares and pipelines."""
