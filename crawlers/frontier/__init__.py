"""The frontier: what is still to be fetched, kept so that a killed crawl goes on where it was.

``base`` is the contract; ``sqlite`` keeps it on this machine's disk for one worker, ``redis`` on a server for several.
"""

from crawlers.frontier.base import PASSING, Frontier, Leased, Receipt

__all__ = ["PASSING", "Frontier", "Leased", "Receipt"]
