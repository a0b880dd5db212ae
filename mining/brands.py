"""Which posts speak of a tracked brand: by its words, or by naming its account."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import polars as pl

from lake.tracked import tracked_accounts
from nlp.brand_talk import BrandTalk
from nlp.normalise import normalise_all
from privacy.brands import load_brands
from privacy.home import Home


class Tracked:
    """The brands of a home, as posts are read for them; ``version`` changes with their words and known accounts."""

    def __init__(self, home: Home) -> None:
        brands = load_brands(home)
        spoken = {brand.name: (brand.name, *brand.aliases) for brand in brands}
        unlike = [phrase for brand in brands for phrase in brand.unlike]
        self._talk = BrandTalk(spoken, unlike)
        accounts = tracked_accounts(home) if brands else None
        # A mentioned account is read as its brand's name; spaces keep it apart from the words around.
        self._names = (
            {f"@{account}": f" {brand} " for brand, _, account in accounts.iter_rows()}
            if accounts is not None
            else {}
        )
        content = json.dumps([spoken, unlike, sorted(self._names.items())], ensure_ascii=False)
        self.version = hashlib.sha256(content.encode()).hexdigest()[:16]

    def read(
        self, as_stored: Sequence[str], normalised: Sequence[str]
    ) -> tuple[list[list[str]], list[list[float]]]:
        """Brands and sentiments of each post (see :meth:`nlp.brand_talk.BrandTalk.read`)."""
        return self._talk.read(self._named(as_stored, normalised))

    def _named(self, as_stored: Sequence[str], normalised: Sequence[str]) -> Sequence[str]:
        if not self._names:
            return normalised
        column = pl.Series("text", as_stored, dtype=pl.String)
        rows = column.str.contains_any(list(self._names)).arg_true().to_list()
        texts = list(normalised)
        named = column.gather(rows).str.replace_many(self._names).to_list()
        for row, text in zip(rows, normalise_all(named), strict=True):
            texts[row] = text
        return texts
