// Cross-Augmented whose teacher is the exponential moving average of the student, and does not learn
// from its own labels. The average is what is validated and kept, too.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_augmented + pairs.chosen { teacher_loss:: false, moving_average:: 0.999 }
