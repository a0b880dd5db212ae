"""The importers by name, in the order in which a file is offered to them."""

from __future__ import annotations

from crawlers.importers import links
from crawlers.importers.base import Importer
from crawlers.importers.weibo_hot import WeiboHot

IMPORTERS: dict[str, Importer] = {importer.name: importer for importer in (WeiboHot(),)}
FORMATS = (*IMPORTERS, links.FORMAT)
