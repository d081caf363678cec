"""The fields of each declaration, `key: value`, with what they say; for completion and hover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pedalang.compiler.syntax import tree

_ROLE = {
    "moves": "The moves that the role can make: a set, or a list.",
    "sees": "What its prompts may show; `[history]` where nothing is said.",
    "speak": "Where its words come from: `grounded` (written ones), `free` (generated ones) or `either`.",
    "limit": "The most tokens of a turn.",
    "voice": "The system prompt: who speaks, and how.",
    "persona": "Another word for `voice:`.",
    "model": "The model that speaks.",
    "carries": "A value that its words must show.",
    "language": "The language that it speaks.",
    "memory": "How many turns its prompts show; half of them are forgotten at once.",
    "window": "How many turns its prompts show, always the latest.",
    "hears": "Whose turns its prompts show: `all`, or of each of its own turns the `previous` one.",
    "layout": "How its prompts are laid out: `paired`, or `plain` with nothing added or joined.",
    "opening": "Messages before all that is said: `[{ user: \"…\" }, { assistant: \"…\" }]`.",
}
_RUN = {
    "flow": "The flow that is played.",
    "data": "The rows that it is played with: a dataset, a split of one, or a sample.",
    "score": "The rubric that scores the dialogues.",
    "check": "Contracts that the dialogues are judged by.",
    "beside": "An observe whose scores are shown beside.",
    "seed": "Where all chance comes from.",
    "repeat": "How often each row is played.",
    "budget": "What it may cost.",
}
_CRITERION = {
    "score": "By code: a number from 0 to 1.",
    "measures": "By code: a measure, whose values are no part of the total.",
    "uses": "By contract: the contract; by model: the classifier.",
    "ask": "By judge, by people: the question.",
    "model": "By judge: the model that judges.",
    "cap": "Of a gate: the most that the total can be where it fails.",
    "votes": "By judge: how many answers are drawn for a judgement.",
    "orders": "By judge: in how many orders the labels are offered.",
    "reason": "By judge: whether it says why, `before` the level or `after`.",
    "limit": "By judge: the most tokens of its reason.",
    "evidence": "By judge: `required` where it must quote a line.",
    "several": "By judge: `true` where several labels may hold together.",
    "pairwise": "By judge: `true` where dialogues of a matrix are also compared two by two.",
    "abstain": "By judge: the share of the likeliest label below which there is no judgement.",
    "agreement": "By judge: how well it must agree with people.",
    "desired": "The labels that are worth 1: by judge or by people on a nominal scale, by model.",
    "rating": "By people: ratings that stand in the data, a label or the number of a level, or several raters'.",
    "reads": "By model: what the classifier reads here, as in the classifier itself.",
    "keyed": "`reverse` where the item says the bad: its value counts as 1 less itself.",
    "counts": "`against` takes its weighted value away from the total.",
    "segment": "Which parts of a dialogue it is about.",
    "when": "On parts of a dialogue: which of them it is about.",
    "value": "On parts of a dialogue: what their values become.",
}
_CLASSIFIER = {
    "when": "Which rows or turns are examples.",
    "reads": "What it learns from: `{ said: turn.text, long: words(turn.text) }`; texts, numbers, truth values.",
    "label": "What it learns to say: a text, a case of an enum, or a number on a scale.",
    "labels": "The labels that it tells apart, in order.",
    "scale": "Where the label is a number: its scale, or the least and the most, `0..2`.",
    "group": "What is never parted: examples of one group are in one fold.",
    "folds": "How many times it learns from some groups and is tried on the others; 5 where nothing is said.",
    "seed": "Where the order of the groups comes from.",
    "method": "How it learns: `tfidf`, `embeddings` or `tuned`; what is set stands in brackets, `tfidf(c: 2)`.",
    "measures": "What is measured, each under a name: `{ three: macro_f1(merge: [focus, probing]) }`.",
    "baseline": "What a plain classifier reads, or a number that is taken as it is.",
    "teacher": "Who says what it learns: a question to a model, `{ ask: \"…\" }`, or a judge, `RUBRIC.CRITERION`.",
}
_OPTIMIZATION = {
    "method": "How it is tuned: `gepa`, `mipro_v2`, `bootstrap` …",
    "auto": "How much is tried: `light`, `medium` or `heavy`.",
    "metric": "The figure that is to rise: the total or a criterion of a rubric.",
    "reject": "Contracts: a trial that breaks one counts for nothing.",
    "monitor": "A figure that nobody optimizes: what it says is held against the metric.",
    "trainset": "The rows that it learns from.",
    "devset": "The rows that trials are compared on.",
    "testset": "The rows that are looked at once, at the end.",
    "features": "What a policy looks at besides moves, turns and acts: `{ small: den(problem.a) < 6 }`.",
    "tune": "What it may change: `[Tutor.voice, ask.intent]`.",
    "freeze": "What stays as it is.",
    "budget": "What it may cost.",
    "save": "The file that the result is put into.",
    "settings": "Numbers of the method, such as how many steps weights take.",
    "load": "The file with an earlier result to begin from.",
    "seed": "Where its chance comes from.",
    "curriculum": "The order of the training rows.",
}
_COURSE = {
    "flow": "The flow of each lesson.",
    "learner": "The student who takes the course, and keeps its state; the only one where nothing is said.",
    "learners": "How many learners take it, or rows, each of them a learner; 1 where nothing is said.",
    "keep": "What of the learner goes on from lesson to lesson: `[mastery]`; all of it where nothing is said.",
    "pretest": "The problems that the learner answers alone before the lessons.",
    "lessons": "The problems of the lessons.",
    "length": "How many lessons there are; as many as problems where nothing is said.",
    "posttest": "The problems that the learner answers alone after the lessons.",
    "score": "The rubric that scores lessons and tests.",
    "check": "The contracts that the lessons are held against.",
    "curriculum": "The order of the lessons.",
    "seed": "Where its chance comes from.",
    "budget": "What it may cost.",
}
_CURRICULUM = {
    "order": "In which order problems come.",
    "data": "The problems.",
    "by": "The field of a problem that the order goes by.",
    "across": "The field of a problem that takes turns within a level: its subject.",
    "after": "Which skills come before a skill: `{ unlike: [like] }`.",
    "rate": "How much the latest tries count: `sec`, `adcl`, `skill_tree`.",
    "temperature": "How much of a bandit's choice is chance: `sec`, `dump`, `regret`.",
    "window": "How many tries of a kind count: `dump`, `regret`.",
    "batch": "How many problems are put in order at a time: `adcl`.",
    "low": "The least share of the problems: `cyclical`.",
    "high": "The largest share of the problems: `cyclical`.",
    "step": "By what the share grows and shrinks: `cyclical`.",
    "mastered": "The pass rate from which on a skill counts as mastered: `skill_tree`.",
    "seed": "Where its chance comes from.",
}
KEYS: Mapping[type[tree.Node], Mapping[str, str]] = {
    tree.RoleDecl: _ROLE,
    tree.StudentDecl: _ROLE,
    tree.Act: {"say": "The words of the act: a list of texts."},
    tree.MoveDecl: {
        "intent": "What the move is for; the first sentence is what a model chooses by.",
        "say": "Words for it, where a role has none of its own.",
    },
    tree.PredicateDecl: {"holds": "By code: the condition.", "ask": "By judge: the question."},
    tree.FlowDecl: {"max": "The most turns of a dialogue; 40 where nothing is said.",
                    "budget": "What a dialogue may cost."},
    tree.Phase: {"goal": "What the phase is for; all who speak in it are told.", "budget": "What the phase may cost."},
    tree.Turn: {"limit": "The most tokens of this turn."},
    tree.RubricDecl: {"range": "The range of the total.", "segment": "Which parts of a dialogue it is about."},
    tree.Criterion: _CRITERION,
    tree.DatasetDecl: {
        "licence": "What may be done with the data: an SPDX name.",
        "splits": "Names for ranges of rows: `{ train: 0..40, test: 40..60 }`.",
        "seed": "How rows are shuffled where splits are shares.",
        "sha256": "The hash of the file: another file is refused.",
        "transcripts": "The format of recorded dialogues in the rows, or `any`.",
        "columns": "What a table of utterances calls its columns: `{ speaker: \"who\" }`.",
        "each": "The list or map of a row that holds several records; each is seen as `entry.key` and `entry.value`.",
    },
    tree.ClassifierDecl: _CLASSIFIER,
    tree.ModelDecl: {
        "engine": "Who answers: `llama`, `openai` …", "weights": "The file with the weights, or the name of the model.",
        "url": "Where the model answers.",
        "temperature": "How much chance there is in its words, from 0.", "context": "The most tokens of a prompt.",
        "seed": "Where its chance comes from.", "top_p": "The share of likely words that it chooses from.",
        "adapter": "An adapter of the model.",
    },
    tree.RunDecl: _RUN,
    tree.ObserveDecl: {
        "flow": "The flow that the dialogues are told as.", "data": "The rows with the dialogues.",
        "speakers": "Who is who: `{ Teacher: teacher, Student: student }`; `otherwise` means all others.",
        "score": _RUN["score"],
        "check": _RUN["check"],
        "anonymise": "What is replaced before anybody sees it: `[names, schools, numbers]`.",
        "agreement": "With whose labels the scores are compared, and by which measure.",
        "feedback": "What is written for the teacher, and how long it is.",
        "report": "A table by fields of the rows: `{ rows: tutor, columns: criterion }`.",
    },
    tree.TestDecl: {"flow": "The flow whose dialogues it speaks of."},
    tree.PropertyDecl: {"flow": "The flow that is played.", "model": "The model that answers.",
                        "runs": "How often it is tried.", "seed": "Where its chance comes from.",
                        "replay": "The one dialogue that is played again, by its choices."},
    tree.OptimizeDecl: _OPTIMIZATION,
    tree.CourseDecl: _COURSE,
    tree.CurriculumDecl: _CURRICULUM,
    tree.MatrixDecl: {
        "run": "The run that is repeated.", "budget": _RUN["budget"],
        "score": "The rubric that scores the dialogues of every cell.", "check": _RUN["check"],
        "report": "What the table of means shows, and which systems are compared.",
        "judge_bias": "What is asked of judges' fairness.",
        "save": "The run's folder; a number is put behind it.",
    },
}


def of(path: Sequence[tree.Node]) -> tuple[tree.Node | None, Mapping[str, str]]:
    """The innermost declaration of a path that has fields, and them."""
    for node in reversed(path):
        if type(node) in KEYS:
            return node, KEYS[type(node)]
    return None, {}
