"""What reaches an audience: accounts, words and hours, from an audience or from a brief."""
