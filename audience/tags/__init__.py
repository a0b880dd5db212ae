"""Interest tags, topics and hashtags as people ask about them: words, own tags, samples to judge."""
