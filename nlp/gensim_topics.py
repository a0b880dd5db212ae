"""gensim's own topic models, selectable for comparison."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from gensim.matutils import Sparse2Corpus
from gensim.models import LdaModel, Nmf

from nlp.documents import Docs, Vocabulary


def gensim_factors(
    method: str, vocabulary: Vocabulary, docs: Docs, size: int, seed: int
) -> npt.NDArray[np.float32]:
    """Fit gensim's NMF (on TF-IDF) or LDA (on counts): topics x words."""
    names = dict(enumerate(vocabulary.words))
    if method == "gensim-nmf":
        corpus = Sparse2Corpus(vocabulary.tfidf(docs), documents_columns=False)
        model = Nmf(corpus, num_topics=size, id2word=names, random_state=seed, passes=2)
    elif method == "gensim-lda":
        corpus = Sparse2Corpus(vocabulary.counts(docs), documents_columns=False)
        model = LdaModel(corpus, num_topics=size, id2word=names, random_state=seed, passes=2)
    else:
        raise ValueError(f"no topic method {method!r}: affinity-nmf, gensim-nmf or gensim-lda")
    return np.asarray(model.get_topics(), dtype=np.float32)
