// Where the files are. XNER_DATA names a folder laid out as
//   ner/<language>/<language>.{train,testa,testb}   two columns or more, see the reader
//   vectors/<language>.vec.gz
// Without it, THE TOY WORLD in fixtures/toy stands in for every language pair, and training and
// mapping warn of it.
// If your files lie elsewhere, this is the one place to say so.
local folder = std.extVar('XNER_DATA');

local toy(side) = {
  train: 'fixtures/toy/ner/' + side + '.train',
  dev: 'fixtures/toy/ner/' + side + '.testa',
  test: 'fixtures/toy/ner/' + side + '.testb',
  vectors: 'fixtures/toy/vectors/' + side + '.vec',
};

local real(language) = {
  train: folder + '/ner/' + language + '/' + language + '.train',
  dev: folder + '/ner/' + language + '/' + language + '.testa',
  test: folder + '/ner/' + language + '/' + language + '.testb',
  vectors: folder + '/vectors/' + language + '.vec.gz',
};

{
  warning::
    if folder != '' then null
    else 'XNER_DATA is not set: THIS IS THE TOY WORLD of fixtures/toy, two invented languages. To use '
         + 'your own data, set XNER_DATA to their folder (training_configs/data.libsonnet).',

  source(language):: if folder == '' then toy('source') else real(language),
  target(language):: if folder == '' then toy('target') else real(language),

  encoder::
    if std.extVar('XNER_ENCODER') != '' then std.extVar('XNER_ENCODER')
    else if folder == '' then 'fixtures/toy/encoder'
    else error 'XNER_ENCODER is not set: name the folder of a pretrained encoder, or its name on the '
               + 'Hugging Face hub, e.g. xlm-roberta-base',

  mapping(pair)::
    if std.extVar('XNER_MAPPING') != '' then std.extVar('XNER_MAPPING')
    else if folder == '' then 'fixtures/toy/mapping.npz'
    else 'runs/mapping_' + pair + '/mapping.npz',

  // Of one of several source languages: what `xner-map pivot` has made of it, in the folder -s.
  mapping_of(language, pair)::
    local pivoted = '/' + language + '/mapping.npz';
    if std.extVar('XNER_MAPPING') != '' then std.extVar('XNER_MAPPING') + pivoted
    else if folder == '' then 'fixtures/toy/mapping.npz'
    else 'runs/mapping_' + pair + pivoted,
}
