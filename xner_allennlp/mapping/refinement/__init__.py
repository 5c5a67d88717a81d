"""From a first mapping to the final one: induced dictionaries and Procrustes, again and again."""
