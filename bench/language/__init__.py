"""Language: words, tags, topics and trends on real Chinese text, beside what people use without renqun.

A task is a module here with ``measure(quick, say) -> Iterable[Figure]`` and a line in `TASKS`. Data comes from
`bench.data.shared`, figures of quality carry an interval of `bench.bootstrap`, and whatever is tuned is tuned on the
training part alone.
"""

TASKS = {
    "bursts": "bench.language.bursts",
    "early-warning": "bench.language.early_warning",
    "categories": "bench.language.categories",
    "titles-unlabelled": "bench.language.titles_unlabelled",
    "titles-labelled": "bench.language.titles_labelled",
    "interests": "bench.language.interests",
    "segmentation": "bench.language.segmentation",
    "annotate": "bench.language.annotate",
    "hashtags": "bench.language.hashtags",
    "topics": "bench.language.topics",
}
