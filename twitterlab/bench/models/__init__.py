"""Sequential models by name. A history is checked key by key (linearizability is local: Herlihy and Wing, 1990)."""

from __future__ import annotations

from twitterlab.bench.models.fifo_queue import FifoQueue
from twitterlab.bench.models.grow_set import GrowSet
from twitterlab.bench.models.key_value import KeyValue
from twitterlab.bench.models.model import IMPOSSIBLE, Model
from twitterlab.bench.models.register import Register
from twitterlab.errors import BadInput

__all__ = ["IMPOSSIBLE", "MODELS", "Model", "model_named"]

_ALL: tuple[Model, ...] = (Register(has_cas=False), Register(has_cas=True), KeyValue(), FifoQueue(), GrowSet())
MODELS: dict[str, Model] = {model.name: model for model in _ALL}


def model_named(name: str) -> Model:
    """The model. BadInput for an unknown one."""
    if name not in MODELS:
        raise BadInput(f"no model {name!r}", f"choose one of {', '.join(MODELS)}")
    return MODELS[name]
