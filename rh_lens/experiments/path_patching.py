"""By which paths does a part of the model hear of the answer?"""

from collections.abc import Sequence

from rh_lens.cases.pair import Pair
from rh_lens.experiments.components import Component, components, stage
from rh_lens.experiments.detect import check_lengths
from rh_lens.experiments.each_head import name_of
from rh_lens.experiments.each_pair import measure
from rh_lens.experiments.lone_sender import Between
from rh_lens.experiments.path_effects import PathEffects
from rh_lens.experiments.paths import Direction, Paths
from rh_lens.experiments.receivers import Ends, Inputs, Receivers, receiving
from rh_lens.journal import Journal
from rh_lens.metrics import LogitMetric, Metric, answer_logprob
from rh_lens.model.hooks import Model
from rh_lens.model.identity import Identity, identity


def path_patching(
    model: Model,
    pairs: Sequence[Pair],
    *,
    receivers: Ends,
    site: Inputs = "k",
    senders: Sequence[Component] | None = None,
    mlps: Between = "recomputed",
    direction: Direction = "noising",
    metric: Metric = answer_logprob,
    batch: int = 8,
    journal: Journal | None = None,
) -> PathEffects:
    """What each component tells the receivers by the direct path between them, and no other way.

    For each sender, the clean prompt is read twice. First with the sender's output from the corrupt
    run, and that of every other head from the clean one: so something changes at the receivers only
    as far as the sender itself, through no other head, brings it there. Then with that arrival put
    into the receivers, and all that follows from it recomputed. The effect is metric(clean) -
    metric(patched): above 0, the path helps (Wang et al. 2022, arXiv:2211.00593; Goldowsky-Dill et
    al. 2023, arXiv:2304.05969). It is in units of the metric, of which the labels `clean` and
    `corrupt` hold that of the undisturbed runs; `.shares()` divides by the difference. Exact: no
    norm is frozen, nothing is made linear. Prompt and right answer are read at once, every
    position is patched.

    Args:
        receivers: Heads, MLPs, or "logits". Several are patched at once.
        site: Which input of the heads: their queries, keys or values. Of keys and values whole
            groups are named, as `kv_group` gives them. Does not apply to MLPs and logits.
        senders: Heads, `MLP(layer)`, "embeddings" (what enters layer 0). None: all that come before
            the last receiver. All others are NaN.
        mlps: Other MLPs between sender and receivers can be "recomputed", as in Wang et al., so
            that a path may lead through them; or "frozen" as in the clean run, so that it may not.
        direction: "noising", or "denoising": the corrupt prompt is read, the sender is that of the
            clean run, and the effect is metric(patched) - metric(corrupt).
        metric: One of logits: `answer_logprob`, `logit_difference`, `kl`.
        batch: How many senders are patched at once; memory grows with it, results stay.
        journal: Remembers each finished pair.
    """
    measured = as_logit_metric(metric)
    paths = Paths(receiving(model, receivers, site), measured, mlps, direction)
    chosen = _sending(model, paths.receivers, senders)
    who = check(model, pairs, batch)
    journal = journal or Journal()
    journal.about(who)
    return measure(model, who, pairs, paths, chosen, batch=batch, journal=journal)


def before(model: Model, receivers: Receivers) -> list[Component]:
    """The components that the last of the receivers can hear of."""
    return [part for part in components(model) if stage(part) < receivers.stage]


def as_logit_metric(metric: Metric) -> LogitMetric:
    """Refuse a metric that would run the model itself, in many passes."""
    if not isinstance(metric, LogitMetric):
        raise ValueError(
            f"paths are patched in one pass over prompt and answer, and {name_of(metric)} is no "
            "metric of its logits: measure with one that does not generate, such as "
            "answer_logprob, logit_difference or kl"
        )
    return metric


def check(model: Model, pairs: Sequence[Pair], batch: int) -> Identity:
    """Before the first pair is read, so that a long run does not end on its last."""
    if not pairs or batch < 1:
        raise ValueError(
            f"got {len(pairs)} pairs and batches of {batch} senders: give at least one of each"
        )
    check_lengths(model, [pair.clean for pair in pairs])
    return identity(model)


def _sending(
    model: Model, receivers: Receivers, senders: Sequence[Component] | None
) -> list[Component]:
    able = before(model, receivers)
    if senders is None:
        if able == ["embeddings"]:
            raise ValueError(
                f"nothing but the embeddings comes before {receivers!r}: choose receivers in "
                "deeper layers, or ask for senders=['embeddings']"
            )
        return able
    chosen = [part for part in able if part in senders]
    if late := [part for part in senders if part not in able]:
        raise ValueError(
            f"{late} cannot send to {receivers!r}, which act no later, or the model has none such: "
            "choose senders in earlier layers"
        )
    if not chosen:
        raise ValueError("got no senders: name at least one, or None for all")
    return chosen
