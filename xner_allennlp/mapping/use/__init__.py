"""What a learned mapping is for: common-space vectors, files of them, translations."""
