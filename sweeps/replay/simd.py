"""Vectors of doubles and masks of bits for numba: several combinations in one register.

numba vectorises plain loops of this kind badly; here each operation is one instruction on W lanes.
The width travels as the length of a tuple (``width = (0,) * 8``), whose type holds it, so that one
function serves every width and numba's disk cache finds each of its forms; closures over
intrinsics would be compiled anew in every process.

No fast-math flag is set anywhere: nothing is reassociated, and a product and a sum contract into
one instruction only where `fused` asks for it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, models, register_model
from numba.np.arrayobj import make_array

DOUBLE, LONG, BIT, PLACE = ir.DoubleType(), ir.IntType(64), ir.IntType(1), ir.IntType(32)
#: Arrays of doubles lie on their own size only; the processor does not mind.
ALIGNED = 8


class VectorType(types.Type):  # type: ignore[misc]
    """W doubles, one a lane."""

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(f"Vector{width}")


class MaskType(types.Type):  # type: ignore[misc]
    """W bits, one a lane."""

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(f"Mask{width}")


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: VectorType) -> None:
        super().__init__(manager, kind, ir.VectorType(DOUBLE, kind.width))


@register_model(MaskType)
class _MaskModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: MaskType) -> None:
        super().__init__(manager, kind, ir.VectorType(BIT, kind.width))


def _operator(symbol: Any, takes: type, gives: type, emit: Callable[..., Any]) -> None:
    """Teach numba a binary operator on two vectors, or on two masks, of one width."""

    class Template(AbstractTemplate):  # type: ignore[misc]
        def generic(self, args: Any, _kws: Any) -> Any:
            if len(args) == 2 and all(isinstance(one, takes) for one in args):
                return signature(gives(args[0].width), *args)
            return None

    infer_global(symbol)(Template)

    def lower(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return emit(builder, *args)

    lower_builtin(symbol, takes, takes)(lower)


def _plain(name: str) -> Callable[..., Any]:
    return lambda builder, x, y: getattr(builder, name)(x, y)


def _compared(symbol: str) -> Callable[..., Any]:
    """Return an ordered comparison: False where either side is NaN."""
    return lambda builder, x, y: builder.fcmp_ordered(symbol, x, y)


for _symbol, _name in (
    *((operator.add, "fadd"), (operator.sub, "fsub")),
    *((operator.mul, "fmul"), (operator.truediv, "fdiv")),
):
    _operator(_symbol, VectorType, VectorType, _plain(_name))
for _symbol, _name in (
    *((operator.lt, "<"), (operator.gt, ">"), (operator.ge, ">=")),
    *((operator.le, "<="), (operator.eq, "==")),
):
    _operator(_symbol, VectorType, MaskType, _compared(_name))
_operator(operator.and_, MaskType, MaskType, _plain("and_"))
_operator(operator.or_, MaskType, MaskType, _plain("or_"))


@infer_global(operator.invert)
class _Invert(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, _kws: Any) -> Any:
        return signature(args[0], *args) if isinstance(args[0], MaskType) else None


@lower_builtin(operator.invert, MaskType)
def _invert(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
    return builder.not_(args[0])


def _pointer(context: Any, builder: Any, kind: Any, array: Any, place: Any, to: Any) -> Any:
    """Return a pointer into a flat array of eight-byte entries; no bounds are looked at.

    An array may be given by its address: numba counts references to arrays, atomically, at every
    touch of a tuple that holds them, which costs more than what is computed with them.
    """
    if isinstance(kind, types.Integer):
        data = builder.inttoptr(array, LONG.as_pointer())
    else:
        data = builder.bitcast(make_array(kind)(context, builder, array).data, LONG.as_pointer())
    return builder.bitcast(builder.gep(data, [place], inbounds=True), to.as_pointer())


def _spread(builder: Any, value: Any, width: int) -> Any:
    kind = ir.VectorType(DOUBLE, width)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(PLACE, 0))
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(PLACE, width), [0] * width))


def _called(builder: Any, name: str, args: Any) -> Any:
    kind, module = args[0].type, builder.module
    function = module.globals.get(name)
    if function is None:
        function = ir.Function(module, ir.FunctionType(kind, [kind] * len(args)), name)
    return builder.call(function, args)


@intrinsic
def load(_typing: Any, array: Any, place: Any, width: Any) -> Any:
    """Return W neighbours of a flat array of doubles, given itself or by its address."""
    n = len(width)

    def emit(context: Any, builder: Any, of: Any, args: Any) -> Any:
        to = ir.VectorType(DOUBLE, n)
        where = _pointer(context, builder, of.args[0], args[0], args[1], to)
        return builder.load(where, align=ALIGNED)

    return VectorType(n)(array, types.int64, width), emit


@intrinsic
def store(_typing: Any, array: Any, place: Any, vector: Any) -> Any:
    """Write W neighbours of a flat array of doubles."""

    def emit(context: Any, builder: Any, of: Any, args: Any) -> Any:
        to = ir.VectorType(DOUBLE, of.args[2].width)
        where = _pointer(context, builder, of.args[0], args[0], args[1], to)
        builder.store(args[2], where, align=ALIGNED)
        return context.get_dummy_value()

    return types.void(array, types.int64, vector), emit


@intrinsic
def spread(_typing: Any, value: Any, width: Any) -> Any:
    """Return a number in every lane."""
    n = len(width)

    def emit(_context: Any, builder: Any, _of: Any, args: Any) -> Any:
        return _spread(builder, args[0], n)

    return VectorType(n)(types.float64, width), emit


@intrinsic
def spread_at(_typing: Any, array: Any, place: Any, width: Any) -> Any:
    """Return one entry of a flat array of doubles in every lane."""
    n = len(width)

    def emit(context: Any, builder: Any, of: Any, args: Any) -> Any:
        where = _pointer(context, builder, of.args[0], args[0], args[1], DOUBLE)
        return _spread(builder, builder.load(where, align=ALIGNED), n)

    return VectorType(n)(array, types.int64, width), emit


@intrinsic
def blend(_typing: Any, mask: Any, where_set: Any, elsewhere: Any) -> Any:
    """Return one vector where the mask is set, the other elsewhere."""

    def emit(_context: Any, builder: Any, _of: Any, args: Any) -> Any:
        return builder.select(*args)

    return where_set(mask, where_set, elsewhere), emit


@intrinsic
def bits(_typing: Any, mask: Any) -> Any:
    """Return a mask as the low bits of an integer, lane 0 lowest."""

    def emit(_context: Any, builder: Any, of: Any, args: Any) -> Any:
        return builder.zext(builder.bitcast(args[0], ir.IntType(of.args[0].width)), LONG)

    return types.int64(mask), emit


@intrinsic
def mask_of(_typing: Any, number: Any, width: Any) -> Any:
    """Return the low bits of an integer as a mask."""
    n = len(width)

    def emit(_context: Any, builder: Any, _of: Any, args: Any) -> Any:
        low = builder.trunc(args[0], ir.IntType(n))
        return builder.bitcast(low, ir.VectorType(BIT, n))

    return MaskType(n)(types.int64, width), emit


def _elementwise(llvm: str, n_args: int) -> Any:
    def emit(_context: Any, builder: Any, of: Any, args: Any) -> Any:
        return _called(builder, f"llvm.{llvm}.v{of.args[0].width}f64", args)

    if n_args == 1:

        @intrinsic
        def unary(_typing: Any, x: Any) -> Any:
            return x(x), emit

        return unary

    @intrinsic
    def ternary(_typing: Any, x: Any, y: Any, z: Any) -> Any:
        return x(x, y, z), emit

    return ternary


absolute = _elementwise("fabs", 1)
floor = _elementwise("floor", 1)
nearest = _elementwise("rint", 1)
root = _elementwise("sqrt", 1)
fused = _elementwise("fma", 3)  # x * y + z, rounded once


@intrinsic
def lowest(_typing: Any, vector: Any) -> Any:
    """Return the least of the lanes."""

    def emit(_context: Any, builder: Any, of: Any, args: Any) -> Any:
        least = builder.extract_element(args[0], ir.Constant(PLACE, 0))
        for lane in range(1, of.args[0].width):
            other = builder.extract_element(args[0], ir.Constant(PLACE, lane))
            least = builder.select(builder.fcmp_ordered("<", other, least), other, least)
        return least

    return types.float64(vector), emit


@intrinsic
def first_bit(_typing: Any, number: Any) -> Any:
    """Return the place of the lowest set bit; the number is not 0."""

    def emit(_context: Any, builder: Any, _of: Any, args: Any) -> Any:
        name, module = "llvm.cttz.i64", builder.module
        function = module.globals.get(name)
        if function is None:
            function = ir.Function(module, ir.FunctionType(LONG, [LONG, BIT]), name)
        return builder.call(function, [args[0], ir.Constant(BIT, 1)])

    return types.int64(types.int64), emit


@intrinsic
def at(_typing: Any, array: Any, place: Any) -> Any:
    """Return an entry of a flat array of doubles."""

    def emit(context: Any, builder: Any, of: Any, args: Any) -> Any:
        return builder.load(_pointer(context, builder, of.args[0], args[0], args[1], DOUBLE))

    return types.float64(array, types.int64), emit


@intrinsic
def word_at(_typing: Any, array: Any, place: Any) -> Any:
    """Return an entry of a flat array of eight-byte integers."""

    def emit(context: Any, builder: Any, of: Any, args: Any) -> Any:
        return builder.load(_pointer(context, builder, of.args[0], args[0], args[1], LONG))

    return types.int64(array, types.int64), emit


@intrinsic
def put_word(_typing: Any, array: Any, place: Any, value: Any) -> Any:
    """Write an entry of a flat array of eight-byte integers."""

    def emit(context: Any, builder: Any, of: Any, args: Any) -> Any:
        builder.store(args[2], _pointer(context, builder, of.args[0], args[0], args[1], LONG))
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), emit
