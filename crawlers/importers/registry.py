"""The importers by name, in the order in which a file is offered to them."""

from __future__ import annotations

from crawlers.importers import links
from crawlers.importers.base import Importer
from crawlers.importers.discourse_files import DiscourseFiles
from crawlers.importers.mastodon_files import MastodonFiles
from crawlers.importers.mediacrawler import MediaCrawler
from crawlers.importers.table import Table
from crawlers.importers.weibo_crawler import WeiboCrawler
from crawlers.importers.weibo_hot import WeiboHot
from crawlers.importers.weibo_search import WeiboSearch
from crawlers.importers.zhihu_hot import ZhihuHot

IMPORTERS: dict[str, Importer] = {
    importer.name: importer
    for importer in (
        WeiboHot(),
        ZhihuHot(),
        WeiboSearch(),
        WeiboCrawler(),
        MediaCrawler(),
        MastodonFiles(),
        DiscourseFiles(),
        Table(),
    )
}
FORMATS = (*IMPORTERS, links.FORMAT)
