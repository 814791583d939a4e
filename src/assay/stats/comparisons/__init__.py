"""Two arms compared, with a method for each kind of outcome."""
