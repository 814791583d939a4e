"""Who behaves alike, who is in which segment and how surely, and what differs between segments."""
