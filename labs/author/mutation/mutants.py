"""Makes the mutants of a check: copies with one small mistake each, such as an author could make.

Changed are comparisons, `and`, `or`, `not`, compared numbers and strings, defaults, `any` and `all`, `min` and `max`,
filters, branches, outcomes, and needs of objectives. Code that only builds messages (`message_nodes`) and code that no
objective reaches (`sources`) is not changed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy

from labs.author.mutation.message_nodes import MessageNodes
from labs.author.mutation.mutant import Mutant
from labs.author.mutation.sources import CheckSources, aliases, reached, top_names

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
CALLS = {"any": "all", "all": "any", "min": "max", "max": "min"}


def mutants(sources: CheckSources) -> list[Mutant]:
    """Every mutant of a check, in the order of its source, the lab's own module first."""
    trees = {module: ast.parse(text) for module, text in sources.texts.items()}
    parts = reached(sources)
    statements = [
        (module, statement)
        for module, tree in trees.items()
        for statement in tree.body
        if any((module, name) in parts for name in top_names(statement))
    ]
    renamed = {
        module: {alias: part[1] for alias, part in aliases(sources.package, tree).items() if part[1]}
        for module, tree in trees.items()
    }
    message_nodes = MessageNodes(statements, renamed)
    compared = {name for _, statement in statements for name in _compared_names(statement)}
    return [
        Mutant(
            module,
            getattr(old, "lineno", statement.lineno),
            getattr(old, "col_offset", 0),
            _description(old, new),
            _lines(within),
            trees[module],
            parent,
            field,
            index,
            new,
        )
        for module, statement in statements
        for parent, field, index, old, within in _places(trees[module], statement)
        if old not in message_nodes
        for new in _instead(parent, field, old, compared)
    ]


Place = tuple[ast.AST, str, int | None, ast.AST, ast.stmt | None]
"""A parent, its field and index, the node there, and the statement of a function that the node is part of."""


def _places(tree: ast.Module, statement: ast.stmt) -> Iterator[Place]:
    """Each node of a statement with its position in the parent, without annotations."""
    todo: list[Place] = [(tree, "body", tree.body.index(statement), statement, None)]
    while todo:
        place = todo.pop()
        yield place
        node, within = place[3:]
        in_function = within is not None or isinstance(node, ast.FunctionDef)
        inner: list[Place] = []
        for field, value in ast.iter_fields(node):
            if field in {"annotation", "returns", "decorator_list"}:
                continue
            if isinstance(value, ast.AST):
                inner.append((node, field, None, value, within))
            elif isinstance(value, list):
                inner += [
                    (
                        node,
                        field,
                        number,
                        each,
                        each if in_function and isinstance(each, ast.stmt) else within,
                    )
                    for number, each in enumerate(value)
                    if isinstance(each, ast.AST)
                ]
        todo.extend(reversed(inner))


def _lines(statement: ast.stmt | None) -> range | None:
    """The lines of a statement; of a compound one, with its blocks."""
    if statement is None:
        return None
    return range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)


def _instead(parent: ast.AST, field: str, node: ast.AST, compared: set[str]) -> Iterator[ast.AST]:
    """The replacements of a node."""
    yield from _other_operators(node)
    yield from _other_outcomes(node)
    yield from _other_needs(node)
    match parent, field, node:
        case ast.If(
            body=[ast.Raise()]
        ), "test", ast.expr():  # a guard against races, which no recorded state shows
            yield _like(node, ast.Constant(True))
        case ((ast.If() | ast.IfExp()), "test", ast.expr()):
            yield _like(node, ast.Constant(False))
            yield _like(node, ast.Constant(True))
        case ast.While(), "test", ast.expr():  # an endless loop would prove nothing
            yield _like(node, ast.Constant(False))
        case ast.comprehension(), "ifs", ast.expr():
            yield _like(node, ast.Constant(True))
        case ((ast.Compare() | ast.arguments() | ast.Return()), _, ast.expr()):
            yield from _other_constants(node, in_return=isinstance(parent, ast.Return))
        case ast.Call(func=ast.Attribute(attr="get")), "args", ast.Constant() if node is not parent.args[0]:
            yield from _other_constants(node)
        case ast.Assign(targets=[ast.Name(id=name)]), "value", ast.expr() if name in compared:
            yield from _other_constants(node)
        case _:
            pass


def _other_operators(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others):
            for number, op in enumerate(ops):
                for other in COMPARISONS[type(op)]:
                    changed = [*ops[:number], other(), *ops[number + 1 :]]
                    yield _like(node, ast.Compare(left, changed, others))
        case ast.BoolOp(op=op, values=values):
            yield _like(node, ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values))
            for number in range(len(values)):
                rest = [*values[:number], *values[number + 1 :]]
                yield rest[0] if len(rest) == 1 else _like(node, ast.BoolOp(op, rest))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS and not _is_text(node):
            yield _like(node, ast.BinOp(left, OPERATORS[type(sign)](), right))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in CALLS:
            function = _like(node, ast.Name(CALLS[name], ast.Load()))
            yield _like(node, ast.Call(function, args, keywords))
        case _:
            pass


def _other_outcomes(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Return(value=ast.Call(func=ast.Name(id="Passed"))):
            yield _like(node, ast.parse("return Failed('', '', '')").body[0])
        case ast.Return(value=ast.Call(func=ast.Name(id="Failed"))):
            yield _like(node, ast.parse("return Passed('')").body[0])
        case _:
            pass


def _other_needs(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Call(func=ast.Name(id="Objective"), keywords=keywords):
            for place, keyword in enumerate(keywords):
                if keyword.arg == "needs" and isinstance(keyword.value, ast.Tuple):
                    for number in range(len(keyword.value.elts)):
                        changed = deepcopy(node)
                        needs = changed.keywords[place].value
                        assert isinstance(needs, ast.Tuple)
                        del needs.elts[number]
                        yield changed
        case _:
            pass


def _other_constants(node: ast.expr, *, in_return: bool = False) -> Iterator[ast.expr]:
    """The node with one constant changed: the node itself, or an item of a collection."""
    match node:
        case ast.Constant(value=bool(value)):
            yield _like(node, ast.Constant(not value))
        case ast.Constant(value=int(value) | float(value)):
            yield _like(node, ast.Constant(value + 1))
            yield _like(node, ast.Constant(value - 1))
        case ast.Constant(value=str(value)) if not in_return:
            yield _like(node, ast.Constant(f"{value}~"))
        case ast.Tuple(elts=elts) | ast.Set(elts=elts) | ast.List(elts=elts):
            for number, each in enumerate(elts):
                for other in _other_constants(each, in_return=in_return):
                    changed = deepcopy(node)
                    changed.elts[number] = other
                    yield changed
        case ast.Call(func=ast.Name(id="frozenset") as function, args=[inner]):
            for other in _other_constants(inner):
                yield _like(node, ast.Call(function, [other], []))
        case _:
            pass


def _compared_names(statement: ast.stmt) -> Iterator[str]:
    """The names of constants that are compared, or passed to a function."""
    for node in ast.walk(statement):
        match node:
            case ast.Compare(left=left, comparators=others):
                yield from (name for each in (left, *others) for name in _name(each))
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=args) if (
                called != "batches"
            ):
                yield from (name for each in args for name in _name(each))
            case _:
                pass


def _name(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.isupper():
            yield name
        case _:
            pass


def _is_text(node: ast.expr) -> bool:
    """Whether this expression concatenates strings: replacing + by - would prove nothing."""
    match node:
        case ast.BinOp(left=left, right=right):
            return _is_text(left) or _is_text(right)
        case ast.JoinedStr() | ast.Constant(value=str()):
            return True
        case _:
            return False


def _like(old: ast.AST, new: ast.AST) -> ast.expr:
    """A new node with the source location of an old one."""
    return ast.fix_missing_locations(ast.copy_location(new, old))  # type: ignore[return-value] # whatever stood there


def _description(old: ast.AST, new: ast.AST) -> str:
    return f"{_short(old)} → {_short(new)}"


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else f"{text[:67]}..."
