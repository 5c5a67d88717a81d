"""
Where each corpus and the word vectors come from. Addresses and licences are as their makers state
them; checksums are listed where somebody has computed them, and `known_from` says who.
"""

import hashlib
from os import PathLike
from typing import Dict, List, NamedTuple, Optional, Sequence, Union

from allennlp.common.checks import ConfigurationError


class Checksum(NamedTuple):
    """The `digest` of a `file` by `algorithm`, and who computed it."""

    file: str
    algorithm: str
    digest: str
    known_from: str


class Source(NamedTuple):
    """
    # Parameters

    name : `str`
        A short name for the command line.
    title : `str`
    languages : `str`
        Languages of this package's experiments.
    address : `str`
    licence : `str`
    how : `str`
        What to do to get the files of the data folder.
    checksums : `Sequence[Checksum]`, optional (default = `()`)
    """

    name: str
    title: str
    languages: str
    address: str
    licence: str
    how: str
    checksums: Sequence[Checksum] = ()


_HUGGING_FACE = "dataset_infos.json of huggingface/datasets; not checked by us"
_DKPRO = "data set descriptions of dkpro/dkpro-core; not checked by us"
_FINER_COMMIT = "computed by us from commit 45bcbd27 of mpsilfve/finer-data"
_WIKINEURAL_COMMIT = "computed by us from commit d2e28c77 of Babelscape/wikineural"

_CONLL2002_DIGESTS = {
    "esp.train": "a20d95cab7d88a19a86f8c1ad6329325c99fbd9529ed978cbd7e31d4b01b4008",
    "esp.testa": "85c17793b77881c53d19017d9d0f1e6fb98b7ddcab54a5f24b05ed1793103c87",
    "esp.testb": "1f8f7a392c6d4979a5592a5794eed43d7869b46da6851bbcde99714149f1d016",
    "ned.train": "0a419dcb356b62c8cff38515675550b3d5dbea9f45a1c4956328dbd5cc7fcdbc",
    "ned.testa": "51259d4bfe52462f211d3d0b67173a7ecbfa296e199f6c6bd0895f4c78155057",
    "ned.testb": "2aa748edb82e6f9c4d82e57a4bed69ded18cfa4803122c75070335d513517488",
}
_FINER_DIGESTS = {
    "digitoday.2014.train.csv": "9a0c219f13bb222081f2c91bef8ed40e0b5e229c5be9c467d19ab99bda806eb6",
    "digitoday.2014.dev.csv": "8400f95bcfac52a2baab9529c5859525a2a2b6bbd5734418b83ed0ad593ea219",
    "digitoday.2015.test.csv": "c5947ac6f760ffa56248849c77129b8a2efefd1230af62e0487fd96caf4a2fee",
    "wikipedia.test.csv": "8a46e90e5ac3c1beff9e46f02d8275b7ce7573efaeb7b780ba7e827b404a0820",
}
_WIKINEURAL_DIGESTS = {
    "de/val.conllu": "061e57750c6a93d95f43bb85d9010cfdcb64c1e1c7dcac76ee7a9bddf0dfc3ab",
    "de/test.conllu": "b1c57d8825bee42c707f0f804b41557ffc475f031ce5a0f25cd13c5a1604bf0d",
    "en/val.conllu": "d5c2bbcbfd7092ab46057befabe071ee8c68b5b3a0623ca319874c019b6d560d",
    "en/test.conllu": "088187d12574de9120f31fce908ce3c626b349b6b93f20886d5351b936ed0849",
    "es/val.conllu": "d4c67b9687df3069b1e9e889e685b8e87387602bced81e6ac3b160d2b9ba8513",
    "es/test.conllu": "370421c9c8a81fce30722fd576140f2f8b16ff78511135f06a3da64bae0d1480",
    "nl/val.conllu": "9999ef4bd5bb0f9bb6a6a63527c9a0e67ee61b4bad69446215fd86db3e47c7d8",
    "nl/test.conllu": "e884472966f6bb6ad1c241ee3506f4db5ecc9116c265bf3421510a7fcfb613ea",
}
_WIKIANN_DIGESTS = {
    "panx_dataset.zip": "164814b64f749ad000988b5ab45050b5116913b3db466ab173008955ddf649a4",
}


def _sha256(known_from: str, digests: Dict[str, str]) -> List[Checksum]:
    """`digests` by file."""
    return [Checksum(file, "sha256", digest, known_from) for file, digest in digests.items()]


SOURCES: Dict[str, Source] = {
    source.name: source
    for source in (
        Source(
            "conll2003",
            "CoNLL-2003 shared task (Tjong Kim Sang and De Meulder 2003)",
            "en, de (the paper's)",
            "https://www.clips.uantwerpen.be/conll2003/ner/",
            "The annotation is free; the text is not: English needs the Reuters corpus RCV1 (by a "
            "signed agreement with NIST, https://trec.nist.gov/data/reuters/reuters.html), German "
            "the ECI Multilingual Text corpus (LDC94T5, from the LDC).",
            "Get ner.tgz and the corpus, run bin/make.eng or bin/make.deu. Then, for train, testa "
            "and testb: xner-data convert conll2003 eng.train ner/en/en.train (deu.train for "
            "German). Ready-made copies on the web are often damaged; check them.",
        ),
        Source(
            "conll2002",
            "CoNLL-2002 shared task (Tjong Kim Sang 2002)",
            "es, nl (the paper's)",
            "https://www.clips.uantwerpen.be/conll2002/ner/",
            "For research in the context of the shared task only, not for commercial use.",
            "Get ner.tgz (data/esp.*.gz, data/ned.*.gz). Then: xner-data convert conll2002 "
            "esp.train.gz ner/es/es.train, and so on; for Dutch of the paper's sizes add "
            "--docstart sentence. NLTK's corpus conll2002 has the same files.",
            [
                Checksum("ner.tgz", "sha1", "686ef8fed3125a1d8aefe1351ff0e619fe9c34cb", _DKPRO),
                Checksum(
                    "ner.tgz",
                    "sha512",
                    "61a7423b1fb2bd3dac0f85b37e56a04b26d0aa8443d707191c93a9ea83da9990"
                    "edab4eb71e689bd223bb38504208a17b750cbec94e436362c9f7c524da8b8e64",
                    _DKPRO,
                ),
                *_sha256(
                    "computed by us from the UTF-8 copies in teropa/nlp; the same in "
                    "huggingface/datasets",
                    _CONLL2002_DIGESTS,
                ),
            ],
        ),
        Source(
            "aqmar",
            "AQMAR Arabic Wikipedia Named Entity Corpus 1.0 (Mohit et al. 2012)",
            "ar (the paper's)",
            "http://www.cs.cmu.edu/~ark/ArabicNER/",
            "CC BY-SA 3.0",
            "For the paper's own split (2166/267/254 sentences): ner_data in "
            "https://github.com/ntunlp/Zero-Shot-Cross-Lingual-NER, files *.iob2. For the whole "
            "corpus: AQMAR_Arabic_NER_corpus-1.0.zip, xner-data convert aqmar. The paper drew its "
            "split by chance and changed some tags by hand, so it cannot be made from the zip.",
            [
                Checksum(
                    "AQMAR_Arabic_NER_corpus-1.0.zip",
                    "sha1",
                    "4fa2c37d7673bb456c6e382566a091545531d85f",
                    _DKPRO,
                ),
                Checksum(
                    "AQMAR_Arabic_NER_corpus-1.0.zip",
                    "sha512",
                    "3936cbc9a0e8f07090cab1cac27b348352bafccf427a47d5257b6975e0231b27"
                    "c7e62c8d86d22a0c533310bdcbebd7cbc1ae91c727265727bc1ca0dd540a6b4c",
                    _DKPRO,
                ),
            ],
        ),
        Source(
            "finer",
            "FiNER, a Finnish News Corpus for Named Entity Recognition (Ruokolainen et al. 2019)",
            "fi (the paper's)",
            "https://github.com/mpsilfve/finer-data",
            "Digitoday: CC BY-ND-NC 1.0; wikipedia.test.csv: CC BY-SA 3.0",
            "xner-data convert finer data/digitoday.2014.train.csv ner/fi/fi.train, "
            "digitoday.2014.dev.csv to fi.testa, digitoday.2015.test.csv to fi.testb. This gives "
            "the sentences and tags of the files that the paper's authors published.",
            _sha256(_FINER_COMMIT, _FINER_DIGESTS),
        ),
        Source(
            "wikineural",
            "WikiNEuRal (Tedeschi et al. 2021)",
            "de, en, es, fr, it, nl, pl, pt, ru (free stand-in for CoNLL)",
            "https://github.com/Babelscape/wikineural",
            "CC BY-NC-SA 4.0",
            "xner-data convert wikineural data/wikineural/nl/train.conllu ner/nl/nl.train; "
            "val.conllu to nl.testa, test.conllu to nl.testb.",
            _sha256(_WIKINEURAL_COMMIT, _WIKINEURAL_DIGESTS),
        ),
        Source(
            "wikiann",
            "WikiANN or PAN-X (Pan et al. 2017), balanced splits of Rahimi et al. (2019)",
            "all (machine-made tags, no MISC)",
            "https://github.com/afshinrahimi/mmner",
            "not stated by its makers",
            "Get panx_dataset.zip (https://s3.amazonaws.com/datasets.huggingface.co/wikiann/1.1.0/"
            "panx_dataset.zip), unpack nl.tar.gz in it; xner-data convert wikiann train "
            "ner/nl/nl.train, dev to nl.testa, test to nl.testb.",
            _sha256(_HUGGING_FACE, _WIKIANN_DIGESTS),
        ),
        Source(
            "germeval",
            "GermEval 2014 (Benikova et al. 2014)",
            "de",
            "https://sites.google.com/site/germeval2014ner/data",
            "CC BY 4.0",
            "xner-data convert germeval NER-de-train.tsv ner/de/de.train --map '*deriv=O' --map "
            "'*part=O' --map OTH=MISC; NER-de-dev.tsv to de.testa, NER-de-test.tsv to de.testb.",
        ),
        Source(
            "multiconer",
            "MultiCoNER 1 and 2 (Malmasi et al. 2022, Fetahu et al. 2023)",
            "de, en, es, nl and others (33 types in the second)",
            "https://multiconer.github.io/",
            "CC BY 4.0",
            "xner-data convert multiconer en_train.conll ner/en/en.train, with --map for the types "
            "(or none, if both languages are of MultiCoNER).",
        ),
        Source(
            "uner",
            "Universal NER (Mayhew et al. 2024)",
            "de, en, pt, sv, zh and others (PER, LOC, ORG)",
            "https://www.universalner.org/",
            "that of each treebank of Universal Dependencies, mostly CC BY-SA 4.0",
            "xner-data convert uner sv_talbanken-ud-train.iob2 ner/sv/sv.train; -dev to sv.testa, "
            "-test to sv.testb.",
        ),
        Source(
            "masakhaner",
            "MasakhaNER 1 and 2 (Adelani et al. 2021, 2022)",
            "21 African languages, among them ha, ig, sw, yo (PER, LOC, ORG, DATE)",
            "https://github.com/masakhane-io/masakhane-ner",
            "see the repository; the cards on Hugging Face state none (1) and AFL 3.0 (2)",
            "xner-data convert train.txt ner/sw/sw.train --map DATE=O; dev.txt to sw.testa, "
            "test.txt to sw.testb. For Yoruba set the reader's normalization to NFC.",
        ),
        Source(
            "hipe",
            "HIPE 2022: newspapers and commentaries of two centuries (Ehrmann et al. 2022)",
            "de, en, fi, fr, sv",
            "https://github.com/hipe-eval/HIPE-2022-data",
            "that of each corpus, in its comment lines",
            "xner-data convert hipe HIPE-2022-v2.1-hipe2020-train-de.tsv ner/de/de.train --map "
            "pers=PER --map loc=LOC --map org=ORG --map '*=MISC'.",
        ),
        Source(
            "norne",
            "NorNE, names in the Norwegian Dependency Treebank (Jorgensen et al. 2020)",
            "no (Bokmal and Nynorsk)",
            "https://github.com/ltgoslo/norne",
            "that of the treebank, LICENSE_NDT.txt there",
            "xner-data convert conllu ud/nob/no_bokmaal-ud-train.conllu ner/no/no.train --map "
            "'GPE_*=LOC' --map 'PROD=MISC' --map 'EVT=MISC' --map 'DRV=MISC'.",
        ),
        Source(
            "twitter",
            "Broad Twitter Corpus (Derczynski et al. 2016)",
            "en (PER, LOC, ORG)",
            "https://github.com/GateNLP/broad_twitter_corpus",
            "CC BY 4.0",
            "xner-data convert f.conll ner/en/en.testb, or f.json: its tokens and labels are read.",
        ),
        Source(
            "fasttext-cc",
            "fastText vectors of Common Crawl and Wikipedia (Grave et al. 2018), 300 dimensions",
            "all (the paper's)",
            "https://fasttext.cc/docs/en/crawl-vectors.html",
            "CC BY-SA 3.0",
            "Get https://dl.fbaipublicfiles.com/fasttext/vectors-crawl/cc.nl.300.vec.gz, save it "
            "as vectors/nl.vec.gz. For German try the Wikipedia vectors too: others had 57 F1 with "
            "those and 44 with these.",
        ),
        Source(
            "fasttext-wiki",
            "fastText vectors of Wikipedia (Bojanowski et al. 2017), 300 dimensions",
            "all",
            "https://fasttext.cc/docs/en/pretrained-vectors.html",
            "CC BY-SA 3.0",
            "Get https://dl.fbaipublicfiles.com/fasttext/vectors-wiki/wiki.nl.vec, and gzip it to "
            "vectors/nl.vec.gz. `xner-data check` says which share of the words is found "
            "only in lower case.",
        ),
    )
}


def identify(path: Union[str, "PathLike[str]"]) -> Optional[Checksum]:
    """
    The checksum in `SOURCES` that the file has, or `None`.

    # Raises

    `ConfigurationError`
        If there is no such file.
    """
    algorithms = {"sha1", "sha256", "sha512"}
    digests = {name: hashlib.new(name) for name in algorithms}
    try:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                for digest in digests.values():
                    digest.update(block)
    except (FileNotFoundError, IsADirectoryError):
        raise ConfigurationError(f"{path}: no such file. Check the path.") from None
    return next(
        (
            checksum
            for source in SOURCES.values()
            for checksum in source.checksums
            if digests[checksum.algorithm].hexdigest() == checksum.digest
        ),
        None,
    )
