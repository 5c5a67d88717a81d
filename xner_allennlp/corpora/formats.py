"""
The formats that corpora are distributed in. A format is a declaration: its columns, and what its
entity types become; `data.conll_layout` and `data.conll_file` do the work for all of them.

Types other than PER, LOC, ORG and MISC are renamed as stated in each format. For FiNER this gives
the paper's published files exactly (checked with all three splits); for AQMAR the paper only says
that "few tags" were changed by hand, so its files and ours may differ in those.
"""

from typing import Dict, Mapping, NamedTuple

from xner_allennlp.data.conll_file import ConllOptions
from xner_allennlp.spans import NO_ENTITY

ENTITY_TYPES = ("PER", "LOC", "ORG", "MISC")
AUTO, JSON_LINES, DOC_BIN = "auto", "jsonl", "docbin"


class CorpusFormat(NamedTuple):
    """
    # Parameters

    name : `str`
        What the user types.
    corpora : `str`
        Which corpora have this format, and what is special about it.
    options : `ConllOptions`
        How its files are read. With `entity_types`, other types are refused; else they are kept.
    one_byte_encoding : `str`, optional (default = `"latin-1"`)
        The encoding of files that are not UTF-8.
    types : `Mapping[str, str]`, optional (default = `{}`)
        What types become, see `TypeMap`.
    """

    name: str
    corpora: str
    options: ConllOptions
    one_byte_encoding: str = "latin-1"
    types: Mapping[str, str] = {}


def _columns(*columns: str, **options: object) -> ConllOptions:
    return ConllOptions(
        columns=columns,
        token_column="token",
        tag_column="tag",
        **options,  # type: ignore[arg-type]
    )


FORMATS: Dict[str, CorpusFormat] = {
    format_.name: format_
    for format_ in (
        CorpusFormat(
            AUTO,
            "whatever the file shows: JSON lines, WikiANN's language:token, or columns, with or "
            "without word numbers, header and comment lines",
            ConllOptions(),
        ),
        CorpusFormat(
            "conll2002",
            "CoNLL-2002 Spanish (esp.*: token, tag) and Dutch (ned.*: token, part of speech, tag); "
            "IOB2, latin-1. In Dutch -DOCSTART- is glued to the first sentence of each article: "
            "see --docstart",
            _columns("token tag", "token pos tag", entity_types=ENTITY_TYPES),
        ),
        CorpusFormat(
            "conll2003",
            "CoNLL-2003 English (eng.*: token, part of speech, chunk, tag) and German (deu.*: the "
            "same with a lemma after the token); IOB1, latin-1",
            _columns("token pos chunk tag", "token lemma pos chunk tag", entity_types=ENTITY_TYPES),
        ),
        CorpusFormat(
            "aqmar",
            "AQMAR, one file an article (join them with cat, a blank line between); MIS, MIS0 to "
            "MIS3 and their misspellings become MISC, ENGLISH and SPANISH no entity",
            _columns(
                "token tag",
                entity_types=ENTITY_TYPES,
                tag_repairs={"OO": "O", "IO": "O", "I--ORG": "I-ORG"},
            ),
            one_byte_encoding="cp1256",
            types={"MIS*": "MISC", "PERS": "PER", "ENGLISH": NO_ENTITY, "SPANISH": NO_ENTITY},
        ),
        CorpusFormat(
            "finer",
            "FiNER (token, tag, tag of a nested entity, parted by tabs); nested entities and the "
            "lines <HEADLINE>, <INGRESS>, <BODY> are dropped; PRO, DATE and EVENT become MISC, "
            "which gives the paper's files",
            _columns("token tag nested", separator="tab", entity_types=ENTITY_TYPES),
            types={"PRO": "MISC", "DATE": "MISC", "EVENT": "MISC"},
        ),
        CorpusFormat(
            "wikiann",
            "WikiANN, also called PAN-X (language:token, tag, parted by a tab)",
            _columns(
                "token tag",
                separator="tab",
                entity_types=ENTITY_TYPES,
                languages=True,
            ),
        ),
        CorpusFormat(
            "wikineural",
            "WikiNEuRal (number of the token, token, tag, parted by tabs)",
            _columns("number token tag", separator="tab", entity_types=ENTITY_TYPES),
        ),
        CorpusFormat(
            "germeval",
            "GermEval 2014 and NoSta-D (number, token, tag, tag of a nested entity, parted by "
            "tabs; comment lines); --tag-column nested takes the nested ones; types like LOCderiv "
            "and ORGpart are kept, --map '*deriv=O' --map '*part=O' --map OTH=MISC drops them",
            _columns("number token tag nested", "token tag nested", separator="tab"),
        ),
        CorpusFormat(
            "multiconer",
            "MultiCoNER 1 and 2 (token _ _ tag; comment lines)",
            _columns("token _ _ tag"),
        ),
        CorpusFormat(
            "uner",
            "Universal NER, .iob2 (number, token, tag, -, annotator, parted by tabs; comments)",
            _columns(
                "number token tag other annotator",
                "number token tag other",
                "number token tag",
                separator="tab",
            ),
        ),
        CorpusFormat(
            "conllu",
            "CoNLL-U whose last column has name=B-PER (NorNE) or NER=B-PER among other features",
            _columns("id token lemma upos xpos feats head deprel deps tag", separator="tab"),
        ),
        CorpusFormat(
            "hipe",
            "HIPE 2020 and 2022 (a header with names, parted by tabs; comments); NE-COARSE-LIT is "
            "taken, or --tag-column NE-FINE-LIT; sentences end where the column MISC says so",
            ConllOptions(token_column="TOKEN", tag_column="NE-COARSE-LIT", separator="tab"),
        ),
        CorpusFormat(
            "conll2012",
            "CoNLL-2011 and 2012, OntoNotes (tags in brackets in column 10, from 0; columns of "
            "roles follow, as many as a sentence has verbs)",
            ConllOptions(token_column="token", tag_column="tag"),
        ),
        CorpusFormat("mit", "MIT Movie and Restaurant (tag, token)", _columns("tag token")),
        CorpusFormat(
            JSON_LINES,
            "JSON, an object a line or a list of them: tokens with tags, as strings or as numbers "
            "(--names), or with spans of tokens; or a text with character spans, as doccano, Label "
            "Studio, prodigy and spaCy write them",
            ConllOptions(),
        ),
        CorpusFormat(DOC_BIN, "spaCy's DocBin (.spacy)", ConllOptions()),
    )
}
