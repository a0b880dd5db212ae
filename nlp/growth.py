"""Grow a seed lexicon on the corpus itself: words that authors use beside an interest's seeds, and where they recur.

A semi-supervised mixture in the manner of Twitter-LDA: one interest or none a post, a distribution over interests
an account. Seeds start it; expectation-maximisation alternates between what each post is about, given its words and
its author's other posts, and which words tell an interest, by log-odds that must pass a test.

References: Zhao et al., "Comparing Twitter and Traditional Media Using Topic Models", ECIR 2011; Nigam et al., "Text
Classification from Labeled and Unlabeled Documents using EM", Machine Learning 39, 2000; Monroe, Colaresi & Quinn,
"Fightin' Words", Political Analysis 16, 2008 (log-odds with a prior and their z-score).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
Matrix = Any  # scipy.sparse.csr_array

SEED_PSEUDO_POSTS = 4.0  # a seed counts as seen in this many posts on its interest
ACCOUNT_CAP = 150  # posts an account counts for at most, so that one loud account does not write the lexicon
UNTOLD = 0.5  # share of its author's interests that a post without a telling word is credited with
MIN_LIFT, MIN_Z, MIN_POSTS, MIN_ACCOUNTS = 4.0, 3.0, 2.0, 2.5
RIVAL = 0.3  # a word belongs to every interest that has this share of its best interest's posts
PRIOR_ACCOUNT = 1.0  # posts' worth of the corpus-wide prior in an account's distribution
SMOOTH = 20.0
FIRST_PASSING, PASSING_RANGE = 0.25, (0.05, 0.6)  # passing mentions for each post that is on the tag


@dataclass(frozen=True)
class Lexicon:
    """What growing yields: ``weights`` (features x tags, log-odds), the evidence behind, and what posts are about.

    ``posts`` and ``accounts`` count, in the weights' sparsity, the posts on the tag with the feature and their
    authors. ``share`` (posts x tags) is each post's probability given its author's other posts; ``prior`` the share
    of all posts a tag.
    """

    weights: Matrix
    z: Matrix
    posts: Matrix
    accounts: Matrix
    share: Floats
    prior: Floats


def grow(
    posts: Matrix,
    seeds: Matrix,
    accounts: NDArray[np.int64],
    growable: NDArray[np.bool_],
    rounds: int = 5,
) -> Lexicon:
    """Fit the mixture.

    ``posts`` is posts x features of ones, ``seeds`` features x tags (1 / number of the word's tags), ``accounts``
    numbers each post's author from 0, ``growable`` masks the features that may join a lexicon.
    """
    count, tags = posts.shape[0], seeds.shape[1]
    sizes = np.bincount(accounts, minlength=int(accounts.max(initial=0)) + 1).astype(np.float32)
    credit = np.minimum(1.0, ACCOUNT_CAP / sizes[accounts]).astype(np.float32)
    member = sparse.csr_array(
        (np.ones(count, dtype=np.float32), (accounts, np.arange(count))), shape=(sizes.size, count)
    )
    hits = (posts @ seeds).toarray()
    total = hits.sum(axis=1, keepdims=True)
    share = (hits / np.maximum(total, 1e-6) * (1.0 - 0.5**total)).astype(np.float32)
    lexicon = Lexicon(seeds, seeds, seeds, seeds, share, _prior(share, credit))
    passing = FIRST_PASSING
    for _ in range(rounds):
        weights, z, found, authors = _tell(posts, lexicon.share, seeds, credit, member, growable)
        # Posts without a telling word follow their author's others; counted as evidence they would echo them.
        told = (
            np.where((posts @ weights).sum(axis=1) > 0, 1.0, 0.0).astype(np.float32)[:, None] * lexicon.share
        )
        own = np.asarray(member @ told)[accounts] - told
        known = (own + PRIOR_ACCOUNT * lexicon.prior) / (sizes[accounts, None] - 1.0 + PRIOR_ACCOUNT)
        share, passing = _posterior(np.asarray((posts @ weights).toarray()), known, lexicon.prior * passing)
        lexicon = Lexicon(weights, z, found, authors, share, _prior(share, credit))
    assert lexicon.share.shape == (count, tags)
    return lexicon


def _prior(share: Floats, credit: Floats) -> Floats:
    prior: Floats = ((credit @ share + 0.5) / (credit.sum() + 0.5 * (share.shape[1] + 1))).astype(np.float32)
    return prior


def _posterior(score: Floats, known: Floats, talk: Floats) -> tuple[Floats, float]:
    """Probability of each tag for each post, what is missing to 1 being 'none of them'; and how common talk is.

    ``known`` is how often the author writes on each tag elsewhere, ``talk`` how often anyone mentions its matter in
    passing: a sure word proves the matter, only the author's other posts that it is theirs.
    """
    known = np.clip(known, 1e-6, 0.9)
    none = np.clip(1.0 - known.sum(axis=1, keepdims=True), 0.05, 1.0)
    told = score.max(axis=1, keepdims=True) > 0
    lift = np.exp(np.minimum(score, 20.0))
    odds = known * lift
    mentioned = np.where(told, lift @ talk[:, None] - talk.sum(), 0.0)
    whole = odds.sum(axis=1, keepdims=True) + mentioned + none
    share: Floats = (odds / whole).astype(np.float32)
    share *= np.where(told, 1.0, UNTOLD).astype(np.float32)
    own = float(share[told[:, 0]].sum())
    passing = float((mentioned / whole)[told].sum())
    return share, float(np.clip(passing / max(own, 1.0), *PASSING_RANGE))


def _tell(
    posts: Matrix,
    share: Floats,
    seeds: Matrix,
    credit: Floats,
    member: Matrix,
    growable: NDArray[np.bool_],
) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Log-odds, z, posts and authors of the features that tell a tag (all features x tags, one sparsity)."""
    weighed = np.where(share > 0.02, share, 0.0) * credit[:, None]
    columns = posts.T.tocsr()
    together = (columns @ sparse.csr_array(weighed)).tocoo()
    everywhere = np.asarray(columns @ credit)
    on_tag = weighed.sum(axis=0)
    whole = float(credit.sum())
    feature, tag, seen = together.row, together.col, together.data.astype(np.float64)
    is_seed = np.asarray(seeds.tocsr()[feature, tag]).ravel() > 0
    mine = seen + SEED_PSEUDO_POSTS * is_seed
    rest = np.maximum(everywhere[feature] - seen, 0.0)
    base = everywhere[feature] / whole
    inside = (mine + SMOOTH * base + 0.5) / (on_tag[tag] + SMOOTH)
    outside = (rest + SMOOTH * base + 0.5) / (whole - on_tag[tag] + SMOOTH)
    odds = np.log(inside / outside)
    z = odds / np.sqrt(1.0 / (mine + 0.5) + 1.0 / (rest + 0.5))
    best = np.zeros(posts.shape[1])
    np.maximum.at(best, feature, mine)
    passes = (seen >= MIN_POSTS) & (z >= MIN_Z) & growable[feature] & (mine >= RIVAL * best[feature])
    passes = (odds >= np.log(MIN_LIFT)) & (passes | is_seed)
    feature, tag, seen, odds, z = (part[passes] for part in (feature, tag, seen, odds, z))
    authors = _authors(columns, share, member, feature, tag)
    enough = (authors >= MIN_ACCOUNTS) | is_seed[passes]
    shape = (posts.shape[1], share.shape[1])
    kept = [
        sparse.csr_array((part[enough], (feature[enough], tag[enough])), shape=shape, dtype=np.float32)
        for part in (odds, z, seen, authors)
    ]
    return kept[0], kept[1], kept[2], kept[3]


def _authors(
    columns: Matrix, share: Floats, member: Matrix, feature: NDArray[Any], tag: NDArray[Any]
) -> NDArray[np.float64]:
    """How many authors use each feature in posts on the tag: one author's posts count as one at most."""
    used, position = np.unique(feature, return_inverse=True)
    by_author = (columns[used] @ member.T).tocsr()
    by_author.data[:] = 1.0
    strongest = _strongest_by_author(share, member)
    found = np.asarray((by_author @ strongest).tocsr()[position, tag]).ravel()
    return found.astype(np.float64)


def _strongest_by_author(share: Floats, member: Matrix) -> Matrix:
    """Accounts x tags: how surely the account wrote on the tag at least once."""
    missed = sparse.csr_array(np.where(share > 0.05, np.log1p(-np.minimum(share, 0.99)), 0.0))
    sure = (member @ missed).tocsr()
    sure.data = 1.0 - np.exp(sure.data)
    return sure
