"""Text without a model and without AllenNLP: paragraphs, sentences, words, forms of words."""
