"""One package per question: valid summaries in, frozen results and findings out."""
