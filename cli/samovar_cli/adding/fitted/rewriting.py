"""What is changed in a graph of skl2onnx before it is run. Runs in the child process."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from samovar_cli.adding.fitted.features import parts

_PATTERNS = {
    r"(?u)\b\w\w+\b": r"[\p{L}\p{N}_]{2,}",
    r"(?u)\b\w+\b": r"[\p{L}\p{N}_]+",
    r"\b\w\w+\b": r"[\p{L}\p{N}_]{2,}",
    r"\b\w+\b": r"[\p{L}\p{N}_]+",
}
"""Python's pattern of a word → the same of RE2, by which a graph takes texts apart."""


def mend(graph: Any, estimator: Any) -> None:
    """What skl2onnx writes otherwise than scikit-learn has it, of vectorizers of texts."""
    _lower_anywhere(graph)
    _find_words(graph, estimator)
    if any(getattr(part, "sublinear_tf", False) for part in parts(estimator)):
        _count_once(graph)


def _find_words(graph: Any, estimator: Any) -> None:
    """Words of every language: skl2onnx would take letters of English only, and single ones."""
    from onnx import helper

    asked = {
        part.token_pattern for part in parts(estimator) if getattr(part, "analyzer", "") == "word"
    }
    pattern = _PATTERNS.get(next(iter(asked), "")) if len(asked) == 1 else None
    for node in graph.graph.node:
        for attribute in node.attribute if pattern and node.op_type == "Tokenizer" else ():
            if attribute.name == "tokenexp":
                attribute.CopyFrom(helper.make_attribute("tokenexp", pattern))


def _count_once(graph: Any) -> None:
    """1 + ln(count), and 0 for none, where skl2onnx writes ln(1 + count)."""
    from onnx import helper, numpy_helper

    makers = {name: node for node in graph.graph.node for name in node.output}
    logs = [
        node
        for node in graph.graph.node
        if node.op_type == "Log" and makers[node.input[0]].op_type == "Add"
    ]
    one = numpy_helper.from_array(np.ones(1, np.float32), "one_count")
    graph.graph.initializer.append(one)
    for log in logs:
        counts, name = makers[log.input[0]].input[0], log.output[0]
        at = list(graph.graph.node).index(log)
        parts_of = (f"{name}_most", f"{name}_log", f"{name}_least")
        made = [
            helper.make_node("Max", [counts, "one_count"], [parts_of[0]]),
            helper.make_node("Log", [parts_of[0]], [parts_of[1]]),
            helper.make_node("Min", [counts, "one_count"], [parts_of[2]]),
            helper.make_node("Add", [parts_of[1], parts_of[2]], [name]),
        ]
        graph.graph.node.remove(log)
        for number, node in enumerate(made):
            graph.graph.node.insert(at + number, node)


def _lower_anywhere(graph: Any) -> None:
    """Texts are put in lower case by the locale that every machine has.

    Unless it is told, onnxruntime wants en_US.UTF-8, which a function's image lacks.
    """
    from onnx import helper

    for node in graph.graph.node:
        names = {attribute.name for attribute in node.attribute}
        if node.op_type == "StringNormalizer" and "locale" not in names:
            node.attribute.append(helper.make_attribute("locale", "C.UTF-8"))


def rounded(graph: Any) -> None:
    """What goes into a tree is rounded to FP32.

    scikit-learn's trees compare a row's values in FP32 with thresholds in FP64.
    """
    from onnx import TensorProto, helper

    def cast(node: Any) -> list[Any]:
        name = node.input[0]
        single, double = f"{name}_fp32", f"{name}_fp64"
        node.input[0] = double
        return [
            helper.make_node("Cast", [name], [single], to=TensorProto.FLOAT),
            helper.make_node("Cast", [single], [double], to=TensorProto.DOUBLE),
            node,
        ]

    _replace(graph, {"TreeEnsembleClassifier": cast, "TreeEnsembleRegressor": cast})


def imputed(graph: Any, estimator: Any) -> None:
    """Gaps are filled in FP64, for which onnxruntime has no Imputer, with the values as learnt."""
    from onnx import helper, numpy_helper

    learnt = [
        np.asarray(part.statistics_, np.float64)
        for part in parts(estimator)
        if np.asarray(getattr(part, "statistics_", "")).dtype.kind == "f"
    ]

    def fill(node: Any) -> list[Any]:
        written = {a.name: np.array(a.floats, np.float32) for a in node.attribute}.get(
            "imputed_value_floats"
        )
        if written is None or not written.size:
            return [node]
        name, values = f"{node.output[0]}_gaps", f"{node.output[0]}_values"
        graph.graph.initializer.append(numpy_helper.from_array(_exact(written, learnt), values))
        return [
            helper.make_node("IsNaN", [node.input[0]], [name]),
            helper.make_node("Where", [name, values, node.input[0]], list(node.output)),
        ]

    _replace(graph, {"Imputer": fill})


def two_sided(graph: Any) -> None:
    """One score for two classes becomes two, 0 and itself: softmax of both is its sigmoid."""
    from onnx import TensorProto, helper, numpy_helper

    if len(graph.graph.output) < 2:
        return
    output = graph.graph.output[1]
    tensor = output.type.tensor_type
    if tensor.elem_type != TensorProto.FLOAT or [d.dim_value for d in tensor.shape.dim] != [0, 1]:
        return
    name, one, none = output.name, f"{output.name}_one", f"{output.name}_none"
    for node in graph.graph.node:
        node.output[:] = [one if given == name else given for given in node.output]
        node.input[:] = [one if taken == name else taken for taken in node.input]
    graph.graph.initializer.append(numpy_helper.from_array(np.zeros(1, np.float32), f"{none}_of"))
    graph.graph.node.append(helper.make_node("Mul", [one, f"{none}_of"], [none]))
    graph.graph.node.append(helper.make_node("Concat", [none, one], [name], axis=1))
    tensor.shape.dim[1].dim_value = 2


def _exact(written: NDArray[np.float32], learnt: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The values that were written in FP32, as the imputer that learnt them has them."""
    same = (one for one in learnt if np.array_equal(one.astype(np.float32), written))
    return next(same, written.astype(np.float64))


def _replace(graph: Any, makers: dict[str, Any]) -> None:
    from onnx import NodeProto

    nodes: list[Any] = []
    for node in graph.graph.node:
        copy = NodeProto.FromString(node.SerializeToString())
        make = makers.get(node.op_type)
        nodes += make(copy) if make else [copy]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
