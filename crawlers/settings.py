"""Scrapy settings: only the parts that are needed, everything slow and closed until a policy entry says otherwise.

Rates, delays and concurrency come from the source's policy entry (see ``crawlers.job``), not from here.
"""

import os

from crawlers.protocols.page import AGENT

BOT_NAME = AGENT
SPIDER_MODULES = ["crawlers.spiders"]
NEWSPIDER_MODULE = "crawlers.spiders"

# An address or URL where the operator of a source can reach whoever runs this crawl.
CONTACT = os.environ.get("RENQUN_CONTACT", "")
USER_AGENT = f"{AGENT}/0.1 (audience research; contact: {CONTACT or 'this machine'})"
ROBOTS_AGENT = AGENT

SCHEDULER = "crawlers.scheduler.FrontierScheduler"
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
ITEM_PIPELINES = {"crawlers.pipelines.LakePipeline": 100}

DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
DOWNLOADER_MIDDLEWARES = {
    "crawlers.middlewares.PolicyMiddleware": 100,
    "crawlers.robots.RobotsMiddleware": 200,
    "crawlers.conditional.ConditionalMiddleware": 300,
    "crawlers.middlewares.RetryMiddleware": 500,
    "crawlers.tokens.TokenMiddleware": 540,
    "crawlers.challenges.ChallengeMiddleware": 550,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "crawlers.middlewares.PaceMiddleware": 900,
}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
EXTENSIONS_BASE: dict[str, int] = {"scrapy.extensions.throttle.AutoThrottle": 0}

AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 2.0
AUTOTHROTTLE_MAX_DELAY = 60.0
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 2.0
DOWNLOAD_DELAY_JITTER = 0.0  # a polite pace is a steady one
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_FAIL_ON_DATALOSS = True
DOWNLOAD_VERIFY_CERTIFICATES = True
REDIRECT_MAX_TIMES = 5
RETRIES = 3
RETRY_BACKOFF = 0.5  # seconds before the first retry, doubled each time

CONCURRENT_ITEMS = 1  # a page is one item; Scrapy starts this many tasks a page
COOKIES_ENABLED = False
TELNETCONSOLE_ENABLED = False
LOG_LEVEL = "ERROR"
LOG_VERSIONS: list[str] = []
STATS_DUMP = False
WARN_ON_GENERATOR_RETURN_VALUE = False
