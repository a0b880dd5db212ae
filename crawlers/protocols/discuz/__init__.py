"""Discuz! X3.4 and X3.5, desktop pages for guests: list of boards, board, topic, profile.

Class names and ids are those of the default template (``template/default`` of X3.5, branch v3.5). Times are of the site's
zone; recent ones are shown relative, with the exact one in a ``title``. A person's native id is the uid.
"""

from crawlers.protocols.discuz.lists import parse_board, parse_index
from crawlers.protocols.discuz.people import parse_profile
from crawlers.protocols.discuz.topics import parse_topic

__all__ = ["parse_board", "parse_index", "parse_profile", "parse_topic"]
