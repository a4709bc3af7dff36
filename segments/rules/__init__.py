"""Rules that cut the base: the registry of fields, the check of a tree, its query and its sentence."""
