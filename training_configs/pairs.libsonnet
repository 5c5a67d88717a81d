// The language pairs of the paper, and what it chooses for each.
//   tag_scheme         'BIOUL' (IOBES), or 'BIO' (IOB2) for Arabic
//   direction          of the mapping: whose words move
//   shared_characters  whether the pair's Cross-Shared reads characters (Table 4)
//   base               the best base system of the pair, from which Cross-Augmented starts (Table 4)
// A new target language is one more entry here; its files lie where data.libsonnet says. With other
// source languages, as in es_nl or en+es_nl, all else is as in the pair with the same target; several
// are all mapped into the space of the target.
local pair = {
  source_language:: 'en',
  tag_scheme:: 'BIOUL',
  direction:: 'source_to_target',
  shared_characters:: true,
  base:: 'cross_shared',
};

local pairs = {
  en_es: pair { target_language:: 'es' },
  en_nl: pair { target_language:: 'nl' },
  en_de: pair { target_language:: 'de', shared_characters:: false },
  en_ar: pair {
    target_language:: 'ar',
    tag_scheme:: 'BIO',
    direction:: 'target_to_source',
    shared_characters:: false,
    base:: 'cross_word_no_char',
  },
  en_fi: pair { target_language:: 'fi', direction:: 'target_to_source' },
};

// What a name with other source languages stands for: [] if there is no pair with its target.
local of_other_sources(name) =
  local languages = std.split(name, '_');
  local sources = std.split(languages[0], '+');
  local distinct = std.set(sources + languages[1:]);
  if std.member(distinct, '') || std.length(distinct) < std.length(sources) + 1 then []
  else [
    pairs[known] {
      source_language:: languages[0],
      [if std.length(sources) > 1 then 'direction']:: 'source_to_target',
    }
    for known in std.objectFields(pairs)
    if languages[1:] == [pairs[known].target_language]
  ];

pairs {
  // The pair of a name such as en_nl, also one that is not here.
  of(name)::
    local languages = std.split(name, '_');
    if std.objectHas(pairs, name) then pairs[name]
    else if of_other_sources(name) != [] then of_other_sources(name)[0]
    else pair { source_language:: languages[0], target_language:: languages[1] },

  // The pair that XNER_PAIR names. The toy world stands in for any pair, so there en_nl will do.
  chosen::
    local name = std.extVar('XNER_PAIR');
    if std.objectHas(pairs, name) then pairs[name]
    else if of_other_sources(name) != [] then of_other_sources(name)[0]
    else if name == '' && std.extVar('XNER_DATA') == '' then pairs.en_nl
    else error 'XNER_PAIR is ' + (if name == '' then 'not set' else name) + ', known are: '
               + std.join(', ', std.objectFields(pairs)) + ', and other sources, e.g. es_nl, en+es_nl',
}
