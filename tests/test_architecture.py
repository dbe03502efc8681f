"""The folder listing is the architecture: imports only ever point up this list."""

import ast
from pathlib import Path

import rh_lens

LAYERS = [
    "heads",
    "cases",
    "scores",
    "model",
    "organism",
    "scorers",
    "interventions",
    "metrics",
    "journal",
    "experiments",
    "published",
    "plots",
    "cli",
]
PACKAGE = Path(rh_lens.__file__).parent
MODULES = [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


def layer_of(path):
    return LAYERS.index(path.relative_to(PACKAGE).parts[0].removesuffix(".py"))


def imported_layers(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rh_lens."):
            yield LAYERS.index(node.module.split(".")[1])


def test_imports_only_point_up_the_listing():
    wrong = [
        path.name
        for path in MODULES
        if any(seen > layer_of(path) for seen in imported_layers(path))
    ]
    assert wrong == []


def test_only_the_model_folder_spells_hook_names():
    spelling = [
        path.name
        for path in MODULES
        if path.parent.name != "model"
        and ("blocks." in path.read_text() or "hook_" in path.read_text())
    ]
    assert spelling == []


def test_no_function_imports():
    hidden = [
        path.name
        for path in MODULES
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))
    ]
    assert hidden == []


def test_the_public_names_are_these():
    assert sorted(rh_lens.__all__) == [
        "AblationCurve",
        "AnswerAttention",
        "AnswerLogprobs",
        "AttentionEntropy",
        "Case",
        "ChatPrompt",
        "Comparison",
        "ContextualScore",
        "ContrastiveRelevanceScore",
        "CopyTrace",
        "DuplicateTokenScore",
        "EvidenceMass",
        "ExactMatch",
        "Greedy",
        "Haystack",
        "Head",
        "HeadKVR2Score",
        "HeadScores",
        "InductionScore",
        "Intervention",
        "Journal",
        "Knockout",
        "LocalMass",
        "LogitAttribution",
        "LogitMetric",
        "LookbackRatio",
        "MLP",
        "MeanOutput",
        "Needle",
        "NothingScored",
        "Over",
        "Pair",
        "PassageHitRate",
        "Patch",
        "PathEffects",
        "PreviousTokenScore",
        "Processes",
        "Prompt",
        "QueryFocusedScore",
        "QueryZero",
        "Reply",
        "ResampleOutput",
        "RetrievalScore",
        "Rouge1Recall",
        "ScaleOutput",
        "Scorer",
        "SemanticRetrievalScore",
        "SinkAttention",
        "SinkMass",
        "SpanScores",
        "SpatialContrast",
        "Stable",
        "Streaming",
        "TeacherForced",
        "TopOverlapCurve",
        "Unchanged",
        "UniformAttention",
        "ValueWeightedMass",
        "WriteContribution",
        "ZeroOutput",
        "ablation_curve",
        "ablation_effect",
        "ablation_semantics",
        "accuracy",
        "activation_patching",
        "all_heads",
        "answer_attention",
        "answer_kl",
        "answer_logprob",
        "answer_logprobs",
        "attribution_by_span",
        "attribution_patching",
        "causal_retrieval_effect",
        "circuit",
        "closed_book",
        "compare",
        "counterfactual",
        "decoy_answer",
        "decoy_cue",
        "documents",
        "dynamics",
        "entities",
        "error_types",
        "explore",
        "function_vector_effect",
        "induction_vs_retrieval",
        "intrinsicness",
        "k_composition",
        "key_value",
        "kl",
        "kv_group",
        "load",
        "logit_difference",
        "matched_heads",
        "mean_output",
        "multi_key",
        "multi_query",
        "multi_value",
        "needles",
        "niah",
        "non_literal",
        "null_query",
        "output_pool",
        "ov_copying",
        "ov_copying_rate",
        "pairs",
        "passkey",
        "patching_by_span",
        "path_patching",
        "plain_text",
        "plots",
        "processes",
        "published",
        "qk_previous_token",
        "random_heads",
        "reasoning",
        "reasoning_effect",
        "record",
        "repeats",
        "report",
        "save_needles",
        "score_heads",
        "sensitivity",
        "sparsity",
        "top_overlap_curve",
        "trace",
        "universality",
        "variables",
        "watching",
        "without_needle",
        "wrong_needle",
    ]


def test_every_public_name_can_be_reached():
    assert all(getattr(rh_lens, name) is not None for name in rh_lens.__all__)
