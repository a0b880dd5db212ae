"""What stands between engines and answers: counts that single nobody out."""
