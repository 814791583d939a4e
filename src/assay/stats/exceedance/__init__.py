"""How likely an entity's true rate lies beyond a cut, given its own data and all others'."""
