"""Text in, meaning out: normalise, segment, interest tags, topics, trends, bursts. Pure: imports no other part."""
