// Cross-Augmented whose target encoder reads words only.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_augmented + pairs.chosen { target_characters:: false }
