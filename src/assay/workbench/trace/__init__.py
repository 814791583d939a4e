"""From a printed number back to its entry in the result, and to what is in no result at all."""
