// The other modules that a Python strategy can import, in the interpreter's own Python. `typing` has names for
// annotations, which the interpreter does not look at; `dataclasses` makes the special methods. Because the interpreter
// forgets annotations, the fields of a data class are read from the text by the host and given as `_FIELDS`: class name ->
// names in order. `_get` is getattr, which the author does not have, for names that do not begin with two underscores. `frozen` is taken and not enforced.
export const TYPING = `
class _Name:
    def __init__(self, name):
        self._name = name
    def __getitem__(self, key):
        return self
    def __call__(self, *args, **named):
        return args[0] if args else self
    def __or__(self, other):
        return self
    def __ror__(self, other):
        return self
    def __repr__(self):
        return "typing." + self._name

Any = _Name("Any")
Callable = _Name("Callable")
ClassVar = _Name("ClassVar")
Deque = _Name("Deque")
Dict = _Name("Dict")
Final = _Name("Final")
FrozenSet = _Name("FrozenSet")
Generator = _Name("Generator")
Iterable = _Name("Iterable")
Iterator = _Name("Iterator")
List = _Name("List")
Literal = _Name("Literal")
Mapping = _Name("Mapping")
MutableMapping = _Name("MutableMapping")
NoReturn = _Name("NoReturn")
Optional = _Name("Optional")
Sequence = _Name("Sequence")
Set = _Name("Set")
Tuple = _Name("Tuple")
Type = _Name("Type")
Union = _Name("Union")
TYPE_CHECKING = False

class Protocol:
    pass
class TypedDict(dict):
    pass
def TypeVar(name, *bounds, **named):
    return _Name(name)
def NewType(name, kind):
    return kind
def cast(kind, value):
    return value
def overload(function):
    return function
def final(thing):
    return thing
def runtime_checkable(thing):
    return thing
`;

export const DATACLASSES = `
class FrozenInstanceError(AttributeError):
    pass

class _Missing:
    pass
MISSING = _Missing()

class Field:
    def __init__(self, default, factory, init, repr, compare):
        self.default = default
        self.default_factory = factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.name = None

def field(default=MISSING, default_factory=MISSING, init=True, repr=True, compare=True, **other):
    return Field(default, default_factory, init, repr, compare)

_MADE = {}

def _gather(cls, bases):
    found = []
    for base in bases:
        if base in _MADE:
            found.extend(_MADE[base])
    for name in _FIELDS.get(cls.__name__, ()):
        default = cls.__dict__.get(name, MISSING)
        if not isinstance(default, Field):
            if isinstance(default, (list, dict, set)):
                raise ValueError("mutable default for field %s is not allowed: use field(default_factory=...)" % name)
            default = Field(default, MISSING, True, True, True)
        default.name = name
        found = [f for f in found if f.name != name]
        found.append(default)
    return found

def dataclass(cls=None, init=True, repr=True, eq=True, order=False, frozen=False, **other):
    if cls is None:
        return lambda real: dataclass(real, init, repr, eq, order, frozen)
    fields_ = _gather(cls, cls.__bases__)
    _MADE[cls] = fields_
    own = cls.__dict__

    def __init__(self, *given, **named):
        places = [f for f in fields_ if f.init]
        if len(given) > len(places):
            raise TypeError("%s takes %d values, %d were given" % (cls.__name__, len(places), len(given)))
        for f, value in zip(places, given):
            if f.name in named:
                raise TypeError("%s was given twice" % f.name)
            named[f.name] = value
        for f in fields_:
            if f.init and f.name in named:
                value = named.pop(f.name)
            elif f.default is not MISSING:
                value = f.default
            elif f.default_factory is not MISSING:
                value = f.default_factory()
            elif f.init:
                raise TypeError("%s needs a value for %s" % (cls.__name__, f.name))
            else:
                continue
            _set(self, f.name, value)
        if named:
            raise TypeError("%s has no field %s" % (cls.__name__, list(named)[0]))
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    def values_of(self):
        return tuple([_get(self, f.name) for f in fields_ if f.compare])

    if init and "__init__" not in own:
        cls.__init__ = __init__
    if repr and "__repr__" not in own:
        cls.__repr__ = lambda self: "%s(%s)" % (
            cls.__name__,
            ", ".join(["%s=%r" % (f.name, _get(self, f.name)) for f in fields_ if f.repr]),
        )
    if eq and "__eq__" not in own:
        cls.__eq__ = lambda self, other: type(other) is cls and values_of(self) == values_of(other)
    if order:
        cls.__lt__ = lambda self, other: values_of(self) < values_of(other)
        cls.__le__ = lambda self, other: values_of(self) <= values_of(other)
        cls.__gt__ = lambda self, other: values_of(self) > values_of(other)
        cls.__ge__ = lambda self, other: values_of(self) >= values_of(other)
    return cls

_set = setattr

def _class(thing):
    return thing if isinstance(thing, type) else type(thing)
def fields(thing):
    return tuple(_MADE[_class(thing)])
def is_dataclass(thing):
    return _class(thing) in _MADE
def asdict(thing):
    return {f.name: _get(thing, f.name) for f in fields(thing)}
def astuple(thing):
    return tuple([_get(thing, f.name) for f in fields(thing)])
def replace(thing, **changes):
    values = asdict(thing)
    values.update(changes)
    return type(thing)(**values)
`;
