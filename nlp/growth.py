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
SEED_CORPUS = 1_000.0
ACCOUNT_CAP = 150  # posts an account counts for at most, so that one loud account does not write the lexicon
UNTOLD = 0.5  # share of its author's interests that a post without a telling word is credited with
MIN_LIFT, MIN_Z, MIN_POSTS, MIN_ACCOUNTS = 4.0, 3.0, 2.0, 2.0
SEED_ROUNDS = 2
ANCHORED = 0.25  # share of a grown word's authors who use the tag's seeds too
PAIR_GAIN = 1.0  # log-odds that a pair must add to its better word
RIVAL = 0.3  # a word belongs to every interest that has this share of its best interest's posts
PRIOR_ACCOUNT = 1.0  # posts' worth of the corpus-wide prior in an account's distribution
SMOOTH = 20.0
SMOOTH_PMI = 0.5
FIRST_PASSING, PASSING_RANGE = 0.25, (0.05, 0.6)  # passing mentions for each post that is on the tag


@dataclass(frozen=True)
class Lexicon:
    """What growing yields: ``weights`` (features x tags, log-odds), the evidence behind, and what posts are about.

    ``posts`` and ``accounts`` count, in the weights' sparsity, the posts on the tag with the feature and their
    authors; ``pmi`` is the pointwise mutual information of feature and tag, in bits. ``share`` (posts x tags) is each post's probability given its author's other posts; ``prior`` the share
    of all posts a tag.
    """

    weights: Matrix
    z: Matrix
    posts: Matrix
    accounts: Matrix
    pmi: Matrix
    share: Floats
    prior: Floats


def grow(
    posts: Matrix,
    seeds: Matrix,
    accounts: NDArray[np.int64],
    growable: NDArray[np.bool_],
    parts: NDArray[np.int64],
    rounds: int = 4,
) -> Lexicon:
    """Fit the mixture.

    ``posts`` is posts x features of ones, ``seeds`` features x tags (1 / number of the word's tags), ``accounts``
    numbers each post's author from 0, ``growable`` masks the features that may join a lexicon, ``parts`` (features
    x 2) names the two features that a pair is made of, -1 for what is no pair.
    """
    count = posts.shape[0]
    sizes = np.bincount(accounts, minlength=int(accounts.max(initial=0)) + 1).astype(np.float32)
    credit = np.minimum(1.0, ACCOUNT_CAP / sizes[accounts]).astype(np.float32)
    member = sparse.csr_array(
        (np.ones(count, dtype=np.float32), (accounts, np.arange(count))), shape=(sizes.size, count)
    )
    hits = (posts @ seeds).toarray()
    total = hits.sum(axis=1, keepdims=True)
    share = (hits / np.maximum(total, 1e-6) * (1.0 - 0.5**total)).astype(np.float32)
    lexicon = Lexicon(seeds, seeds, seeds, seeds, seeds, share, _prior(share, credit))
    passing = FIRST_PASSING
    nothing = np.zeros_like(growable)
    holders = _holders(share, member)
    for number in range(SEED_ROUNDS + rounds):
        by_seeds = number < SEED_ROUNDS
        told_by = _tell(
            posts, lexicon.share, seeds, credit, (member, holders), nothing if by_seeds else growable, parts
        )
        score = (posts @ told_by[0]).toarray()
        # Posts without a telling word follow their author's others; counted as evidence they would echo them.
        told = np.where(score.max(axis=1, keepdims=True) > 0, lexicon.share, 0.0).astype(np.float32)
        own = np.asarray(member @ told)[accounts] - told
        known = (own + PRIOR_ACCOUNT * lexicon.prior) / (sizes[accounts, None] - 1.0 + PRIOR_ACCOUNT)
        share, passing = _posterior(score, known, lexicon.prior * passing)
        lexicon = Lexicon(*told_by, share, _prior(share, credit))
        if by_seeds:
            # Who holds which interest stays what the seeds said: else a cluster of idle words could anchor itself.
            holders = _holders(np.where(score.max(axis=1, keepdims=True) > 0, share, 0.0), member)
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
    authorship: tuple[Matrix, Matrix],
    growable: NDArray[np.bool_],
    parts: NDArray[np.int64],
) -> tuple[Matrix, Matrix, Matrix, Matrix, Matrix]:
    """Log-odds, z, posts, authors and PMI of the features that tell a tag (all features x tags, one sparsity)."""
    weighed = np.where(share > 0.02, share, 0.0) * credit[:, None]
    columns = posts.T.tocsr()
    # A seed that no post holds yet keeps its say for the day that one does.
    together = (columns @ sparse.csr_array(weighed) + seeds * np.float32(1e-6)).tocoo()
    everywhere = np.asarray(columns @ credit)
    on_tag = weighed.sum(axis=0)
    whole = float(credit.sum())
    feature, tag, seen = together.row, together.col, together.data.astype(np.float64)
    is_seed = _at(seeds, feature, tag) > 0
    mine = seen + SEED_PSEUDO_POSTS * is_seed
    rest = np.maximum(everywhere[feature] - seen, 0.0)
    # Seeds are judged as if among this many more posts without them, so that a small corpus leaves them their say.
    around = whole + SEED_CORPUS * is_seed
    base = everywhere[feature] / np.maximum(around, 1.0)
    inside = (mine + SMOOTH * base + 0.5) / (on_tag[tag] + SMOOTH)
    outside = (rest + SMOOTH * base + 0.5) / (around - on_tag[tag] + SMOOTH)
    odds = np.log(inside / outside)
    z = odds / np.sqrt(1.0 / (mine + 0.5) + 1.0 / (rest + 0.5))
    expected = on_tag[tag] * everywhere[feature] / max(whole, 1.0)
    pmi = np.log2((seen + SMOOTH_PMI) / (expected + SMOOTH_PMI))
    best = np.zeros(posts.shape[1])
    np.maximum.at(best, feature, mine)
    passes = (seen >= MIN_POSTS) & (z >= MIN_Z) & growable[feature] & (mine >= RIVAL * best[feature])
    passes = (odds >= np.log(MIN_LIFT)) & (passes | is_seed)
    feature, tag, seen, odds, z, pmi = (part[passes] for part in (feature, tag, seen, odds, z, pmi))
    authors, all_authors = _authors(columns, *authorship, feature, tag)
    enough = (authors >= MIN_ACCOUNTS) & (authors >= ANCHORED * all_authors) | is_seed[passes]
    shape = (posts.shape[1], share.shape[1])
    enough &= ~_redundant(feature, tag, np.where(enough, odds, 0.0), parts, shape)
    kept = [
        sparse.csr_array((part[enough], (feature[enough], tag[enough])), shape=shape, dtype=np.float32)
        for part in (odds, z, seen, authors, pmi)
    ]
    return kept[0], kept[1], kept[2], kept[3], kept[4]


def _redundant(
    feature: NDArray[Any],
    tag: NDArray[Any],
    odds: NDArray[np.float64],
    parts: NDArray[np.int64],
    shape: tuple[int, int],
) -> NDArray[np.bool_]:
    """Pairs that say little more than one of their two words alone ("露营 开心")."""
    table = sparse.csr_array((odds, (feature, tag)), shape=shape)
    pair = parts[feature, 0] >= 0
    alone = np.zeros(feature.size)
    for side in (0, 1):
        alone[pair] = np.maximum(
            alone[pair], np.asarray(table[parts[feature[pair], side], tag[pair]]).ravel()
        )
    said: NDArray[np.bool_] = pair & (alone > 0) & (odds < alone + PAIR_GAIN)
    return said


def _authors(
    columns: Matrix, member: Matrix, holders: Matrix, feature: NDArray[Any], tag: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How many authors of each feature hold the tag, and how many use the feature at all."""
    used, position = np.unique(feature, return_inverse=True)
    by_author = (columns[used] @ member.T).tocsr()
    by_author.data[:] = 1.0
    holding = _at(by_author @ holders, position, tag)
    return holding, np.diff(by_author.indptr)[position].astype(np.float64)


def _at(table: Matrix, rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[np.float64]:
    """The entries at (row, column) pairs, absent ones 0."""
    if not rows.size:
        return np.empty(0)
    return np.asarray(table.tocsr()[rows, columns], dtype=np.float64).ravel()


def _holders(share: Floats, member: Matrix) -> Matrix:
    """Accounts x tags: how surely the account holds the interest, growing with its posts on it."""
    mass = (member @ sparse.csr_array(np.where(share > 0.05, share, 0.0))).tocsr()
    mass.data = 1.0 - np.exp(-mass.data)
    return mass
