"""Who the partners are and where they stand: admission writes it, the directory is read at decision time."""
