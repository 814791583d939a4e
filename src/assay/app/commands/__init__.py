"""Commands by what they are about; each module mounts its own on the command line."""
