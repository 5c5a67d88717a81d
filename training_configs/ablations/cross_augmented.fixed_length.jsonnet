// Cross-Augmented with a fixed l: in each round the target sentences of at most 30 words are
// labelled (the paper's "Effect of Sentence Length" begins there). Another one:
//   -o '{"trainer.callbacks.pseudo_labels.min_length": 50,
//        "trainer.callbacks.pseudo_labels.max_length": 50}'
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_augmented + pairs.chosen { lengths:: { min_length: 30, max_length: 30 } }
