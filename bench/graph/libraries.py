"""The same work in each library; every function runs in a child process on edges saved as a .npy file.

Loose is NetworkX's own stop rule (an L1 change below 1e-6 a node), converged an L1 change below 1e-9 in all.
"""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from bench.child import Steps

LOOSE, CONVERGED = 1e-6, 1e-9
MOST_STEPS = 1000


def _ends(path: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
    src, dst = np.load(path)
    return src, dst, int(max(src.max(), dst.max())) + 1


def _names(nodes: int) -> Any:
    import polars as pl

    return pl.Series([f"u{number:032x}" for number in range(nodes)])


def _saved(ranks: Any, path: str) -> None:
    np.save(path, np.asarray(ranks, dtype=np.float64))


def renqun(edges: str, answer: str) -> dict[str, Any]:
    """Build from integers, rank twice through NetworkX's dispatch."""
    import networkx as nx

    from graph.csr import CsrGraph

    src, dst, nodes = _ends(edges)
    nx.pagerank(cast(Any, CsrGraph.from_edges([0], [1])))  # loads the backend
    steps = Steps()
    built: Any = steps.time("build", partial(CsrGraph.from_edges, src, dst))
    steps.time("loose", partial(nx.pagerank, built, tol=LOOSE))
    ranks = steps.time("converged", partial(nx.pagerank, built, tol=CONVERGED / nodes, max_iter=MOST_STEPS))
    _saved([ranks[node] for node in range(nodes)], answer)
    return steps.to_dict()


def renqun_named(edges: str) -> dict[str, Any]:
    """Build from names, and rank."""
    import networkx as nx

    from graph.csr import CsrGraph

    src, dst, nodes = _ends(edges)
    nx.pagerank(cast(Any, CsrGraph.from_edges(["a"], ["b"])))  # loads the backend
    names, steps = _names(nodes), Steps()
    built: Any = steps.time("build", partial(CsrGraph.from_edges, names.gather(src), names.gather(dst)))
    steps.time("loose", partial(nx.pagerank, built, tol=LOOSE))
    return steps.to_dict()


def networkx(edges: str, answer: str) -> dict[str, Any]:
    """The same in NetworkX itself."""
    import networkx as nx

    src, dst, nodes = _ends(edges)
    nx.pagerank(nx.DiGraph([(0, 1)]))  # loads SciPy
    steps = Steps()
    built: Any = steps.time("build", partial(_digraph, src, dst))
    steps.time("loose", partial(nx.pagerank, built, tol=LOOSE))
    ranks = steps.time("converged", partial(nx.pagerank, built, tol=CONVERGED / nodes, max_iter=MOST_STEPS))
    _saved([ranks[node] for node in range(nodes)], answer)
    return steps.to_dict()


def networkx_named(edges: str) -> dict[str, Any]:
    """The same in NetworkX itself."""
    import networkx as nx

    src, dst, nodes = _ends(edges)
    nx.pagerank(nx.DiGraph([(0, 1)]))  # loads SciPy
    names, steps = _names(nodes), Steps()
    built: Any = steps.time("build", partial(_digraph, names.gather(src), names.gather(dst)))
    steps.time("loose", partial(nx.pagerank, built, tol=LOOSE))
    return steps.to_dict()


def _digraph(src: Any, dst: Any) -> Any:
    """NetworkX's graph of two columns, which it takes as Python objects."""
    import networkx as nx

    return nx.DiGraph(zip(_listed(src), _listed(dst), strict=True))


def _listed(column: Any) -> list[Any]:
    found: list[Any] = column.tolist() if isinstance(column, np.ndarray) else column.to_list()
    return found


def networkit(edges: str, answer: str) -> dict[str, Any]:
    """The same in NetworKit on all cores; it takes numbers only."""
    import networkit as nk

    steps = Steps()
    graph, nodes = _networkit_graph(edges, steps)

    def rank(tolerance: float) -> Any:
        sinks = nk.centrality.SinkHandling.DistributeSinks
        method = nk.centrality.PageRank(graph, 0.85, tolerance, distributeSinks=sinks)
        method.norm = nk.centrality.Norm.L1_NORM
        method.run()
        return method.scores()

    steps.time("loose", lambda: rank(LOOSE * nodes))
    _saved(steps.time("converged", lambda: rank(CONVERGED)), answer)
    return steps.to_dict()


def networkit_build(edges: str) -> dict[str, Any]:
    """From arrays to NetworKit's graph."""
    steps = Steps()
    _networkit_graph(edges, steps)
    return steps.to_dict()


def _networkit_graph(edges: str, steps: Steps) -> tuple[Any, int]:
    import networkit as nk

    src, dst, nodes = _ends(edges)
    ends = src.astype(np.uint64), dst.astype(np.uint64)
    return steps.time("build", lambda: nk.GraphFromCoo(ends, n=nodes, directed=True)), nodes


def igraph(edges: str, answer: str) -> dict[str, Any]:
    """The same in igraph, whose PageRank always converges."""
    import igraph as ig

    src, dst, nodes = _ends(edges)
    steps = Steps()
    graph = steps.time(
        "build", lambda: ig.Graph(n=nodes, edges=zip(src.tolist(), dst.tolist(), strict=True), directed=True)
    )
    _saved(steps.time("converged", lambda: graph.pagerank(damping=0.85)), answer)
    return steps.to_dict()


def renqun_communities(edges: str) -> dict[str, Any]:
    """From arrays to communities."""
    import networkx as nx

    from graph.csr import CsrGraph

    src, dst, _ = _ends(edges)
    nx.community.louvain_communities(
        cast(Any, CsrGraph.from_edges([0], [1], directed=False))
    )  # loads all parts
    steps = Steps()
    graph: Any = steps.time("build", partial(CsrGraph.from_edges, src, dst, directed=False))
    found = steps.time("communities", partial(nx.community.louvain_communities, graph, weight=None))
    return steps.to_dict(modularity=nx.community.modularity(graph, found, weight=None))


def networkit_communities(edges: str) -> dict[str, Any]:
    """From arrays to NetworKit's own partition, by PLM at its defaults on all cores."""
    import networkit as nk

    src, dst, nodes = _ends(edges)
    ends = src.astype(np.uint64), dst.astype(np.uint64)
    steps = Steps()
    graph = steps.time("build", lambda: nk.GraphFromCoo(ends, n=nodes, directed=False))

    def divide() -> Any:
        method = nk.community.PLM(graph)
        method.run()
        return method.getPartition()

    found = steps.time("communities", divide)
    return steps.to_dict(modularity=nk.community.Modularity().getQuality(found, graph))


def louvain_quality(edges: str, seeds: str) -> dict[str, Any]:
    """Louvain's modularity here and in NetworkX, over seeds."""
    import networkx as nx

    from graph.csr import CsrGraph

    src, dst, _ = _ends(edges)
    ours: Any = CsrGraph.from_edges(src, dst, directed=False)
    theirs: Any = nx.Graph(zip(src.tolist(), dst.tolist(), strict=True))
    steps = Steps()
    reached: dict[str, list[float]] = {"renqun": [], "networkx": []}
    for seed in range(int(seeds)):
        for name, graph in (("renqun", ours), ("networkx", theirs)):
            found = steps.time(name, partial(nx.community.louvain_communities, graph, seed=seed))
            reached[name].append(nx.community.modularity(ours, found))
    return steps.to_dict(modularity=reached)


def parquet_memory(path: str) -> dict[str, Any]:
    """Build from a file of edges: seconds, and how far memory rose above what the graph itself takes."""
    import networkx  # noqa: F401

    from bench.child import memory
    from graph import parquet  # noqa: F401
    from graph.csr import CsrGraph

    before = memory()["VmRSS"]
    steps = Steps(often_enough=1)
    graph = steps.time("build", lambda: CsrGraph.from_parquet(path))
    arrays = graph.incoming.indptr.nbytes + graph.incoming.indices.nbytes
    labels = 0 if isinstance(graph.labels, range) else len(graph) * 8 + sum(map(_size, graph.labels))
    own = arrays + labels + sum(values.nbytes for values in graph.columns.values())
    return steps.to_dict(above=memory()["VmHWM"] - before - own, graph=own)


def _size(label: object) -> int:
    return label.__sizeof__()
