// XNER_DEVICE says where to compute: 'cpu', 'cuda' (the first GPU), or the number of a GPU. Left to
// itself AllenNLP would take the first GPU that it sees.
local name = std.extVar('XNER_DEVICE');
local number =
  if name == 'cpu' then -1
  else if name == 'cuda' then 0
  else std.parseInt(name);

{
  // As AllenNLP numbers them, and as torch names them.
  number: number,
  torch: if number < 0 then 'cpu' else 'cuda:' + number,
}
