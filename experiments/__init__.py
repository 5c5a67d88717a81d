"""
Reports about a folder of runs: `runs` reads it (with `tagged_file` and `scores`), `tables`,
`figures` and `significance` show it beside the figures of the `paper`, `report` puts them together.
"""
