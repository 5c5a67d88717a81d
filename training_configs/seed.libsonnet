// XNER_SEED, the seed of everything, as a number.
local text = std.extVar('XNER_SEED');

if text != '' && std.stripChars(text, '0123456789') == '' then std.parseInt(text)
else error 'XNER_SEED is ' + text + ': give a whole number that is not negative, e.g. 1'
