"""Find out what a message wants: to tell, to ask about the service itself, or to steer the conversation."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Text, Tuple, Type

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import vstack
from sklearn.linear_model import LogisticRegression

from bot.components.acute import ACUTE, TELL
from bot.components.facts import ENGLISH_FILE, English
from bot.components.language import LANGUAGE, is_sentence_of_another, may_be_english, writes_english
from bot.components.learned import Learned
from bot.components.multilabel import linear
from bot.components.needs import FIND_NEEDS, NEEDS
from bot.components.reading import READING, Reading, TextReader
from bot.components.text import has_letters

UNSURE, OTHER_LANGUAGE = "unsure", "other_language"
DENIED = "denied_needs"  # parse result: ids of needs that a correction names in a «not …» part
QUESTIONS = "questions"  # parse result: intents of questions about the service inside a longer text
# Answers to the assistant's own questions are told apart only while such a question is open (components/answers.py);
# harmless texts teach needs and danger what is neither.
NEVER_PREDICTED = ("says_safe", "says_unsafe", "hope", "harmless")
# Answers that are only a few words long outside a question; «det går ikke bra hjemme» is not «I do not know».
ANSWERS = ("affirm", "deny", "dont_know", "skip")
_FEW = 3
_SURE_NEED = 0.7
_SEEN = 3  # texts that a word, pair or letter group must stand in
_TOLD = 4000  # long told texts that are learned from
_TOLD_SHORT = 8000  # and short ones: these are what questions and small talk are mistaken for
_SHORT = 12  # words: up to here a message may be a command rather than a story
_NEGATION = {"ikke", "ingenting", "aldri"}
_PART_END = re.compile(r"[,.;!?\n]|\b(?:men|bare|berre)\b", re.IGNORECASE)
# «det begynte i høst», «han byrja på ny skule»: what began is told; starting over is something else
_BEGAN = re.compile(
    r"\b(?:begynte|bynte|startet)\b|\b(?:byrja|starta)\b(?!\s+(?:(?:heilt|helt)\s+)?(?:på nytt|forfr|om att|om igjen|fr[aå]\b))",
    re.IGNORECASE,
)
# What a question about us has in it, with or without its question mark: a word that asks, or what such questions are about.
_ASKS = re.compile(
    r"\?|\b(?:hv\w+|kv\w+|kem|ka|kor\w*|koss\w*|åssen|når|får|lov|vit[ae]|veit?|vet|fort\w+|sei\w*|si|sier|les\w*|ser|sjå\w*|se|kost\w*|gratis|betal\w*|pris|"
    r"svar\w*|vent\w*|anonym\w*|heml?me?l\w*|hemmel\w*|skjer|robot\w*|maskin\w*|menn?esk\w*|person|bot|ai|ki|data\w*|lagr\w*|teieplikt\w*|taushet\w*|"
    r"snakk\w*|ring\w*|slett\w*|fjern\w*|bort)\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"\b(?:nei|nope|ikke|ikkje|kje|itj|ittj?e?|feil|gal[et]?|mis+for\w*|rett\w*|heller|meir?|mer|egentlig|eigentleg|men|mene?r?|meint?e?|stemmer|stemmar|bytt\w*|endr\w*)\b",
    re.IGNORECASE,
)
_WISHES = re.compile(r"\b(?:kan vi|kan jeg|kan eg|kan æ|la oss|vil|ønske?r|få|får)\b", re.IGNORECASE)
_COMMAND = 6  # words: so many a command has, unless it says that it is a wish
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentFinder(Learned):
    """Sets the intent of every message, and `questions` for what a longer text asks beside what it tells."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"C": 10.0, "sure": 0.5, "unsure": 0.25, "correct": 0.4}

    @classmethod
    def required_components(cls) -> List[Type]:
        return [TextReader]

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Text:
        return ENGLISH_FILE.read_text(encoding="utf-8")

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._english = English()

    def train(self, training_data: TrainingData) -> Resource:
        examples = [
            example
            for example in training_data.intent_examples
            if example.get(READING) is not None
            and example.get(INTENT) not in (*NEVER_PREDICTED, OTHER_LANGUAGE)
        ]
        # told texts are ten times as many as all others together, and look alike to this question: every few of them is enough
        told = [example for example in examples if example.get(INTENT) == TELL]
        short = [example for example in told if len(example.get(READING).words) <= _SHORT]
        long = [example for example in told if len(example.get(READING).words) > _SHORT]
        examples = [example for example in examples if example.get(INTENT) != TELL]
        for some, most in ((short, _TOLD_SHORT), (long, _TOLD)):
            examples += some[:: max(len(some) // most, 1)]
        matrix = vstack([example.get(READING).row for example in examples], format="csr")
        # most numbers stand in a few told texts only, and would make learning slow without making it better
        seen = np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]) >= _SEEN)
        model = LogisticRegression(C=self._config["C"], max_iter=80, tol=1e-3, class_weight="balanced")
        model.fit(matrix[:, seen], [example.get(INTENT) for example in examples])
        weights = np.zeros((len(model.classes_), matrix.shape[1]), dtype=np.float32)
        weights[:, seen] = model.coef_
        model.coef_ = weights
        return self._keep(model)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            reading: Reading = message.get(READING)
            ranking = self._ranking(reading)
            silent = not has_letters(reading.text)  # «?», «…», «15», «🙂»
            name, confidence = (UNSURE, 1.0) if silent else self._decide(message, reading, ranking)
            message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
            message.set(
                INTENT_RANKING_KEY,
                [{"name": intent, "confidence": round(value, 3)} for intent, value in ranking[:5]],
                add_to_output=True,
            )
            message.set(QUESTIONS, self._questions(reading) if name == TELL else [], add_to_output=True)
            message.set(DENIED, _denied(message, reading) if name == "correct" else [], add_to_output=True)
            danger = bool((message.get(ACUTE) or {}).get("flag"))
            if silent or name not in (TELL, UNSURE, "correct") or (writes_english(message) and not danger):
                # «får mamma vite det?» is a question about us, and «kan du klippe plenen» no need, whatever single words hint at
                message.set(NEEDS, [], add_to_output=True)
        return messages

    def _ranking(self, reading: Reading) -> List[Tuple[str, float]]:
        model: LogisticRegression | None = self._learned
        if model is None or not reading.words:
            return [(UNSURE, 1.0)]
        decisions = linear(reading.row, model.coef_, model.intercept_)[0]
        probability = np.exp(decisions - decisions.max())
        probability /= probability.sum()
        return [(str(model.classes_[i]), float(probability[i])) for i in np.argsort(-probability)]

    def _decide(
        self, message: Message, reading: Reading, ranking: List[Tuple[str, float]]
    ) -> Tuple[str, float]:
        over = dict(ranking).get("restart", 0.0)
        if len(reading.words) > _SHORT or over < self._config["sure"] or _BEGAN.search(reading.text):
            # starting over deletes what was told: never on the strength of a longer text, a guess, or what began once
            ranking = [(intent, value) for intent, value in ranking if intent != "restart"]
        never = _not_meant(reading)
        ranking = [(intent, value) for intent, value in ranking if not intent.startswith(never)] or [
            (UNSURE, 1.0)
        ]
        if len(reading.words) > _FEW and not (message.get("metadata") or {}).get("asked"):
            ranking = [(intent, value) for intent, value in ranking if intent not in ANSWERS]
        best, confidence = ranking[0]
        needs = message.get(NEEDS) or []
        if (message.get(ACUTE) or {}).get("flag"):
            # whatever else it may be, a text with danger in it is something told
            return TELL, max(confidence, message.get(ACUTE)["confidence"])
        if may_be_english(message) and (intent := self._english.intent(reading.text)):
            return intent, 1.0
        if writes_english(message):
            # not read for needs, but told: it is kept, answered in English, and the questions go on
            return TELL, message.get(LANGUAGE)["confidence"]
        if is_sentence_of_another(message):
            return OTHER_LANGUAGE, message.get(LANGUAGE)["confidence"]
        if best == TELL:
            if not needs and confidence < self._config["sure"]:
                return UNSURE, round(1 - confidence, 3)
            return TELL, round(confidence, 3)
        surest_need = needs[0]["confidence"] if needs else 0.0
        # «foreldra mine skal skiljast» has the words of a question about parents, but asks nothing
        asks_nothing = best.startswith("ask_") and "?" not in reading.text and surest_need >= _SURE_NEED
        if needs and (
            len(reading.words) > _SHORT
            or confidence < self._config["sure"]
            or surest_need > confidence
            or asks_nothing
        ):
            return TELL, round(max(surest_need, 1 - confidence), 3)
        if confidence < self._config["correct" if best == "correct" else "unsure"]:
            return UNSURE, round(1 - confidence, 3)
        return best, round(confidence, 3)

    def _questions(self, reading: Reading) -> List[Text]:
        found: List[Text] = []
        for match in _SENTENCE.finditer(reading.text):
            sentence = match.group().strip()
            if "?" not in sentence or len(sentence) < 8:
                continue
            intent, confidence = self._ranking(reading.features.read(sentence))[0]
            if intent.startswith("ask_") and confidence >= 0.6 and intent not in found:
                found.append(intent)
        return found


def _not_meant(reading: Reading) -> Tuple[Text, ...]:
    """Beginnings of intents that the words themselves speak against, whatever the letters look like: «det er noe med mamma» is no
    question, «eg er redd» corrects nothing, and «vi må begynne på nytt hver gang» is told."""
    text = reading.text
    never: List[Text] = []
    if not _ASKS.search(text):
        never.append("ask_")
    if not _CORRECTS.search(text) and not reading.text.lower().startswith("det er "):
        never.append("correct")
    if len(reading.words) > _COMMAND and not _WISHES.search(text):
        never.append("restart")
    return tuple(never)


def _denied(message: Message, reading: Reading) -> List[Text]:
    """Needs that a correction names only to say that they are not it: «ikke mobbing, men søvn» -> [bullying]."""
    named: Dict[bool, set[str]] = {True: set(), False: set()}
    for part in _PART_END.split(reading.text):
        read = reading.features.read(part)
        negations = [word for word in read.words if word.form in _NEGATION]
        negative = bool(negations)
        for word in reversed(negations):  # the need is in the words that are denied
            part = part[: word.start] + part[word.end :]
        if negative:
            read = reading.features.read(part)
        named[negative] |= {need["id"] for need in message.get(FIND_NEEDS)(read)}
    return sorted(named[True] - named[False])
