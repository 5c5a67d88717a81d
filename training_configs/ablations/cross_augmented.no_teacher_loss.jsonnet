// Cross-Augmented without the teacher's loss: of a pseudo-labelled sentence only the target path
// learns (equation 7 without its second term). The paper adds the teacher against overfitting.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_augmented + pairs.chosen { teacher_loss:: false }
