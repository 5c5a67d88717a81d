// XNER_DEVICE says where to compute: 'cpu' (or '-1', as AllenNLP has it), 'cuda' (the first GPU), or
// the number of a GPU, also as 'cuda:1'. Left to itself AllenNLP would take the first GPU that it sees.
local name = std.extVar('XNER_DEVICE');
local digits = if std.startsWith(name, 'cuda:') then std.substr(name, 5, std.length(name)) else name;
local number =
  if name == 'cpu' || name == '-1' then -1
  else if name == 'cuda' then 0
  else if digits != '' && std.stripChars(digits, '0123456789') == '' then std.parseInt(digits)
  else error 'XNER_DEVICE is ' + name + ', known are: cpu, cuda (the first GPU), and the number of a GPU, e.g. 1';

{
  // As AllenNLP numbers them, and as torch names them.
  number: number,
  torch: if number < 0 then 'cpu' else 'cuda:' + number,
}
