"""A small builder of ONNX graphs in float64: one method per operation, which takes and gives names of tensors.

No formula lives here (those of several operations are in formulas.py), and no detector. The operator sets are those
for which onnxruntime's CPU kernels know float64 in every operation below.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

OPSET, TREES_OPSET, IR_VERSION = 21, 5, 10
"""Versions of ai.onnx, ai.onnx.ml and the file format; onnxruntime reads them from 1.20 on."""

TREES = "ai.onnx.ml"

Operand = str | float | NDArray[Any]
"""Name of a tensor, or a constant: numbers become float64, arrays keep their type."""

Shape = Sequence[int | str | None] | None
"""Dimensions: a number, a name where it may vary, None where it changes on the way; None alone says nothing."""

Type = Literal["float64", "float32", "int64", "bool", "string"]


def _operation(operator: str, meaning: str) -> Callable[..., str]:
    def method(self: "Graph", *operands: Operand, **attributes: Any) -> str:
        return self.node(operator, *operands, **attributes)

    method.__doc__ = meaning
    return method


class Graph:
    """Operations in the order in which they were asked for.

    Parameters
    ----------
    name : of the graph.
    within : the graph whose operation this one is the body of; it lends its constants and its tensors.
    """

    add = _operation("Add", "Sum of two tensors.")
    subtract = _operation("Sub", "The first tensor less the second.")
    multiply = _operation("Mul", "Product of two tensors, element by element.")
    divide = _operation("Div", "Quotient of two tensors; of integers, towards nought.")
    modulo = _operation("Mod", "Remainder of two integer tensors, with the sign of the second.")
    power = _operation("Pow", "The first tensor to the power of the second.")
    product = _operation("MatMul", "Matrix product.")
    minimum = _operation("Min", "The lesser of two tensors, element by element; NaN where either is.")
    maximum = _operation("Max", "The greater of two tensors, element by element; NaN where either is.")
    clip = _operation("Clip", "A tensor within bounds, the lower one first.")
    total = _operation("Sum", "Sum of any number of tensors, in their order.")
    negative = _operation("Neg", "Minus a tensor.")
    exponential = _operation("Exp", "e to the power of a tensor.")
    logarithm = _operation("Log", "Natural logarithm.")
    root = _operation("Sqrt", "Square root.")
    rounded = _operation("Round", "Nearest integer, halves to the even one.")
    floor = _operation("Floor", "Largest integer that is not above.")
    greater = _operation("Greater", "Whether the first tensor is greater than the second.")
    less = _operation("Less", "Whether the first tensor is less than the second.")
    equal = _operation("Equal", "Whether two tensors are equal.")
    either = _operation("Or", "Whether one of two holds.")
    both = _operation("And", "Whether both hold.")
    negated = _operation("Not", "Whether it does not hold.")
    is_nan = _operation("IsNaN", "Whether it is no number.")
    is_infinite = _operation("IsInf", "Whether it is infinite, of either sign.")
    where = _operation("Where", "The second tensor where the first holds, else the third.")

    def __init__(self, name: str, within: "Graph | None" = None) -> None:
        self.name, self.within = name, within
        self.nodes: list[Any] = []
        self.inputs: list[Any] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], Any] = within._constants if within else {}
        self._counts: dict[str, int] = within._counts if within else {}

    def input(self, name: str, dtype: Type, shape: Shape) -> str:
        """Declare an input."""
        self.inputs.append(_declared(name, dtype, shape))
        return name

    def constant(self, value: Operand) -> str:
        """Name a constant; equal ones are kept once. A name is given back as it is."""
        from onnx import numpy_helper

        if isinstance(value, str):
            return value
        array = value if isinstance(value, np.ndarray) else np.array(value, dtype=np.float64)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            whole = np.ascontiguousarray(array).reshape(array.shape)
            self._constants[key] = numpy_helper.from_array(whole, self._named("constant"))
        return str(self._constants[key].name)

    def node(self, operator: str, *operands: Operand, domain: str = "", **attributes: Any) -> str:
        """Ask for one operation with one result."""
        return self.nodes_of(operator, 1, *operands, domain=domain, **attributes)[0]

    def nodes_of(
        self, operator: str, results: int, *operands: Operand, domain: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """Ask for one operation with several results."""
        from onnx import helper

        names = tuple(self._named(operator.lower()) for _ in range(results))
        inputs = [self.constant(operand) for operand in operands]
        self.nodes.append(helper.make_node(operator, inputs, names, name=names[0], domain=domain, **attributes))
        return names

    def cast(self, tensor: Operand, dtype: Type) -> str:
        """The same numbers in another type."""
        return self.node("Cast", tensor, to=_onnx_type(dtype))

    def gather(self, tensor: Operand, places: Operand | Sequence[int], axis: int) -> str:
        """Elements at places along an axis; many places keep the axis, a single one drops it."""
        wanted = places if isinstance(places, str) else np.asarray(places, dtype=np.int64)
        return self.node("Gather", tensor, wanted, axis=axis)

    def slice(self, tensor: Operand, start: Operand, stop: Operand, axis: int = 0) -> str:
        """Elements from ``start`` to before ``stop`` (or the end) along an axis; both are (1,) int64."""
        return self.node("Slice", tensor, start, stop, np.array([axis]))

    def split(self, tensor: Operand, parts: int, axis: int = -1) -> tuple[str, ...]:
        """Cut an axis of so many elements into single ones; each part keeps the axis."""
        return self.nodes_of("Split", parts, tensor, axis=axis, num_outputs=parts)

    def concatenate(self, tensors: Sequence[Operand], axis: int) -> str:
        """Tensors behind each other along an axis."""
        return self.node("Concat", *tensors, axis=axis)

    def reshape(self, tensor: Operand, shape: Sequence[int]) -> str:
        """Another shape; -1 is what is left, 0 stays as it is."""
        return self.node("Reshape", tensor, np.array(shape, dtype=np.int64))

    def transpose(self, tensor: Operand, axes: Sequence[int]) -> str:
        """Another order of axes."""
        return self.node("Transpose", tensor, perm=list(axes))

    def new_axis(self, tensor: Operand, axis: int) -> str:
        """One more axis, of one element."""
        return self.node("Unsqueeze", tensor, np.array([axis]))

    def without_axis(self, tensor: Operand, axis: int) -> str:
        """Drop an axis of one element."""
        return self.node("Squeeze", tensor, np.array([axis]))

    def length(self, tensor: Operand, axis: int = 0) -> str:
        """Length of an axis, (1,) int64."""
        return self.node("Shape", tensor, start=axis, end=axis + 1)

    def reduced(self, how: Literal["Sum", "SumSquare", "Mean", "Max", "Min"], tensor: Operand, axis: int = -1) -> str:
        """One number for each row along an axis, which is dropped."""
        return self.node(f"Reduce{how}", tensor, np.array([axis]), keepdims=0)

    def place_of(self, which: Literal["ArgMin", "ArgMax"], tensor: Operand, axis: int = -1) -> str:
        """Where the least or the largest lies along an axis, which is dropped; of equal ones the first."""
        return self.node(which, tensor, axis=axis, keepdims=0)

    def least(self, tensor: Operand, count: int | str, axis: int = -1) -> tuple[str, str]:
        """So many of the least numbers along an axis, ascending, and their places; of equal ones the earlier."""
        wanted = count if isinstance(count, str) else np.array([count])
        found = self.nodes_of("TopK", 2, tensor, wanted, axis=axis, largest=0, sorted=1)
        return found[0], found[1]

    def cumulated(self, tensor: Operand, axis: int, *, reverse: bool = False) -> str:
        """Running sums along an axis, from its end with ``reverse``."""
        return self.node("CumSum", tensor, np.array(axis, dtype=np.int64), reverse=int(reverse))

    def numbered(self, text: str, names: Sequence[str]) -> str:
        """Position of each text among names, their count for one that is not among them; int64."""
        return self.node(
            "LabelEncoder",
            text,
            domain=TREES,
            keys_strings=list(names),
            values_int64s=list(range(len(names))),
            default_int64=len(names),
        )

    def inside(self, name: str) -> "Graph":
        """Begin the body of an operation such as a loop."""
        return Graph(self._named(name), within=self)

    def finished(self, outputs: Mapping[str, tuple[Type, Shape]]) -> Any:
        """The graph as onnx knows it, with the types and shapes of its outputs; constants stay with the outermost."""
        from onnx import helper

        declared = [_declared(name, dtype, shape) for name, (dtype, shape) in outputs.items()]
        constants = [] if self.within else list(self._constants.values())
        return helper.make_graph(self.nodes, self.name, self.inputs, declared, constants)

    def rename(self, tensor: str, name: str) -> str:
        """Give a result a name that the outside knows."""
        from onnx import helper

        self.nodes.append(helper.make_node("Identity", [tensor], [name], name=name))
        return name

    def _named(self, stem: str) -> str:
        self._counts[stem] = self._counts.get(stem, 0) + 1
        return f"{stem}_{self._counts[stem]}"


def _declared(name: str, dtype: Type, shape: Shape) -> Any:
    from onnx import helper

    return helper.make_tensor_value_info(name, _onnx_type(dtype), None if shape is None else list(shape))


def _onnx_type(dtype: Type) -> int:
    from onnx import TensorProto

    names = {"float64": "DOUBLE", "float32": "FLOAT", "int64": "INT64", "bool": "BOOL", "string": "STRING"}
    return int(getattr(TensorProto, names[dtype]))
