"""
The steps from files to a tagger. The folder gets

* `learn.json`: the request, and what each step has found, from which the same command goes on;
* `data/`: the corpora as they are trained on, and what `xner-data check` says of them;
* `configs/`: a config for each step, `logs/` and a folder for each, as AllenNLP leaves it;
* `model.tar.gz`: the tagger, and `README.md`, its card.
"""

import os
import shutil
from contextlib import closing
from typing import Any, Dict, List, Optional, Sequence

from allennlp.common.checks import ConfigurationError

from xner_allennlp.commands.evaluate_selections import evaluate_selections
from xner_allennlp.commands.map_embeddings import MAPPING_NAME
from xner_allennlp.common import remove_unfinished, whole_file
from xner_allennlp.common.card_file import CARD_NAME
from xner_allennlp.common.folder_lock import folder_lock
from xner_allennlp.learning.configs import mapping_config, training_config
from xner_allennlp.learning.display import Display
from xner_allennlp.learning.preparation import prepare
from xner_allennlp.learning.recipes import RECIPES, Training
from xner_allennlp.learning.request import Record, Request
from xner_allennlp.learning.steps import AllennlpRunner, StepFailed, read_metrics
from xner_allennlp.training.selections import selections_of_run

MODEL_NAME = "model.tar.gz"
_DELIVERED = (CARD_NAME, MODEL_NAME)
_MAPPING = "mapping"
# The preset for vectors on which the recipe's fails.
_FROM_WORDS_ALIKE = "semi_supervised"
# How long a mapping takes beside training on one sentence.
_COST_OF_MAPPING = 20_000


class Learning:
    """
    # Parameters

    request : `Request`
    folder : `str`
        New or empty, or that of the same request, which goes on.
    """

    def __init__(self, request: Request, folder: str) -> None:
        self._request = request
        self._recipe = RECIPES[request.recipe]
        self._folder = os.path.abspath(folder)

    def run(self) -> str:
        """
        # Returns

        `str`
            The path of the tagger's archive.

        # Raises

        `ConfigurationError`
            If something that was given is wrong: before anything is learned.
        `StepFailed`
            If no mapping passes the verdict, or a step ends with an error.
        """
        if os.path.exists(self._folder) and not os.path.isdir(self._folder):
            raise ConfigurationError(f"{self._folder} is a file. Choose another folder.")
        os.makedirs(self._folder, exist_ok=True)
        taken = f"another process is at work in {self._folder}. Wait for it, or end it."
        # The processes that are started hold it, too.
        with folder_lock(self._folder, taken) as lock:
            remove_unfinished(self._folder)
            for part in ("data", "configs"):
                for place, _, _ in os.walk(os.path.join(self._folder, part)):
                    remove_unfinished(place)
            self._record = Record(self._folder, self._request.to_json())
            data = self._record.steps.get("data")
            if data is None:
                data = prepare(self._request, self._recipe, os.path.join(self._folder, "data"))
                self._record.finish("data", data)
            self._data: Dict[str, Any] = {**data, "files": self._files(data["files"])}
            with_encoder = self._request.encoder is not None
            sentences, trainings = data["sentences"], self._recipe.trainings(with_encoder)
            costs = {
                each.system: each.cost
                * sentences
                * self._recipe.passes_over(sentences, with_encoder, each.times)
                for each in trainings
            }
            mappings = self._mappings()
            costs.update(dict.fromkeys(mappings.values(), _COST_OF_MAPPING))
            with closing(Display(costs)) as self._display:
                self._display.say("data", data["said"])
                self._runner = AllennlpRunner(self._folder, lock, self._display.progress)
                for source, step in mappings.items():
                    self._map(source, step)
                settings = {}
                if mappings:
                    # Of several source languages, the folder with each one's own.
                    name = "" if len(mappings) > 1 else MAPPING_NAME
                    settings["XNER_MAPPING"] = os.path.join(self._folder, _MAPPING, name)
                return self._deliver(self._train_all(trainings, settings))

    def _files(
        self, recorded: Dict[str, Dict[str, Optional[str]]]
    ) -> Dict[str, Dict[str, Optional[str]]]:
        """Those of the first step, where they are now: the folder may have been moved since."""
        files: Dict[str, Dict[str, Optional[str]]] = {}
        for language, code in self._request.languages.items():
            vectors = self._request.files.get(f"{language}_vectors")
            files[language] = {
                name: path and os.path.join(self._folder, "data/ner", code, os.path.basename(path))
                for name, path in recorded[language].items()
            }
            files[language]["vectors"] = vectors and os.path.abspath(vectors)
        return files

    def _mappings(self) -> Dict[str, str]:
        """By source language the step that maps its vectors and the target's into one space."""
        if self._request.encoder is not None:
            return {}
        sources = self._request.sources
        if len(sources) == 1:
            return dict.fromkeys(sources, _MAPPING)
        return {name: f"{_MAPPING}/{code}" for name, code in sources.items()}

    def _map(self, source: str, step: str) -> None:
        """With the recipe's preset, and if that fails, from words written alike."""
        if self._before(step) is not None:
            return
        said: List[str] = []
        for preset in dict.fromkeys((self._recipe.mapping, _FROM_WORDS_ALIKE)):
            try:
                metrics = self._map_with(preset, source, step)
            except StepFailed as error:
                if not said:
                    raise
                said.append(str(error))
                break
            seeds = [f"{one['seed']} {one['criterion']:.4f}" for one in metrics["restarts"]]
            said += [
                f"{preset}: {metrics['verdict']['summary']}",
                f"criterion by seed: {', '.join(seeds)}",
            ]
            if not metrics["failed"]:
                self._after(step, {"said": said})
                return
        raise StepFailed(
            f"{step}: the vectors could not be mapped ({'; '.join(said)}). Larger vectors "
            "of text of the same kind may help; docs/mapping.md has more to try"
        )

    def _map_with(self, preset: str, source: str, step: str) -> Dict[str, Any]:
        """The metrics of a mapping. One that has failed makes room for the next."""
        folder = os.path.join(self._folder, step)
        failed = f"{folder}.{preset}.failed"
        if os.path.exists(failed):
            return read_metrics(failed)
        recipe = self._recipe
        if preset != recipe.mapping:
            # Nothing in it is left to chance.
            recipe = recipe._replace(mapping=preset, mapping_seeds=1)
        config = mapping_config(self._request, recipe, self._data["files"], source)
        metrics = self._runner.map_embeddings(step, config)
        if metrics["failed"]:
            os.replace(folder, failed)
        return metrics

    def _train_all(self, trainings: Sequence[Training], settings: Dict[str, str]) -> str:
        """The folder of the last one, which starts from the best of the bases before it."""
        *bases, last = trainings
        f1 = {base.system: self._train(base, settings) for base in bases}
        best = max(f1, key=lambda system: f1[system])
        if len(f1) > 1:
            self._display.say("best base", [f"{best}, by F1 on the source development set"])
        archive = os.path.join(self._folder, best, MODEL_NAME)
        of_best = {
            name: value.format(best=best, archive=archive) for name, value in last.settings.items()
        }
        self._train(last, {**settings, **of_best})
        return last.system

    def _train(self, training: Training, settings: Dict[str, str]) -> float:
        """F1 on the source dev set."""
        found = self._before(training.system)
        if found is None:
            config = training_config(self._request, self._recipe, training, self._data, settings)
            metrics = self._runner.train(training.system, config, self._data["sentences"])
            f1, epoch = metrics["best_validation_source_f1"], metrics["best_epoch"]
            said = f"F1 {100 * f1:.2f} on the source development set after validation {epoch + 1}"
            if metrics.get("averaged_epochs", 1) > 1:
                said += f"; kept is the mean of the last {metrics['averaged_epochs']} validations"
            result = {"said": [said], "f1": f1, "settings": settings}
            found = self._after(training.system, result)
        return float(found["f1"])

    def _deliver(self, folder: str) -> str:
        """Puts the last run's archive in its place, and says how good it is."""
        run = os.path.join(self._folder, folder)
        archive = os.path.join(self._folder, MODEL_NAME)
        found = self._record.steps.get("scores")
        if found is None:
            files = self._data["files"]["target"]
            sets = [f"target_{split}" for split in ("dev", "test") if files[split] is not None]
            sets = [*(f"{source}_dev" for source in self._request.sources), *sets]
            # The first is what the archive has: a mean of validations, or the one that was chosen.
            chosen = next(iter(selections_of_run(run)))
            scores = evaluate_selections(
                run, selections=[chosen], sets=sets, cuda_device=self._request.cuda_device
            )[chosen]["sets"]
            for name in _DELIVERED:
                self._copy(name, run)
            said = [
                f"{name.replace('_', ' ')}: F1 {100 * each['f1']:.2f} ("
                + ", ".join(f"{key} {100 * of['f1']:.1f}" for key, of in each["types"].items())
                + ")"
                for name, each in scores.items()
            ]
            found = {"said": said, "sets": scores}
            self._record.finish("scores", found)
        for name in _DELIVERED:
            # It may have been moved since.
            if not os.path.exists(os.path.join(self._folder, name)):
                self._copy(name, run)
        self._display.say("scores", found["said"])
        return archive

    def _copy(self, name: str, run: str) -> None:
        made = os.path.join(run, name)
        if not os.path.isfile(made):
            raise ConfigurationError(
                f"{made} is gone, and {name} in {self._folder}, its copy, too. Put one of them "
                "back, or learn in another folder."
            )
        with whole_file(os.path.join(self._folder, name)) as stream, open(made, "rb") as of:
            shutil.copyfileobj(of, stream)

    def _before(self, step: str) -> Optional[Dict[str, Any]]:
        """What the step has found if it was done before; else it begins."""
        found = self._record.steps.get(step)
        if found is None:
            self._display.begin(step)
        else:
            self._display.skip(step)
            first, *others = found["said"]
            self._display.say(step, [f"{first} (done before)", *others])
        return found

    def _after(self, step: str, found: Dict[str, Any]) -> Dict[str, Any]:
        self._record.finish(step, found)
        self._display.finish()
        self._display.say(step, found["said"])
        return found
