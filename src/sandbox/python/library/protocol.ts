// What stands between the host and the author's class inside the interpreter, in its own Python: the names that an author
// may not have are taken away, the author's text is run in a namespace of its own, the class is built, and `_tick` hands
// over one event and answers one number:
//   None nothing   0.0 … 1.0 buy with that confidence   -1.0 … -0.0 sell with that confidence   text: why it cannot be used
// Histories are the engine's: the author is given copies of those that the text names. The others are handed over as they
// are, because a copy that nobody reads costs more than the rest of the call.
export const HISTORY_EVENTS = 500;

export const PROTOCOL = `
import builtins as _builtins
import sys as _sys
import gc as _gc
import json as _json
import math as _math

_sys.path.clear()
_execute = exec
_compile = compile
_getattr = getattr

def _get(thing, name):
    # A name that an author wrote must not lead behind the objects.
    if type(name) is not str or name[:2] == "__":
        raise AttributeError("a field cannot have this name")
    return _getattr(thing, name)

_FIELDS = {}

class _Module:
    def __init__(self, name, source):
        names = {"__name__": name, "_FIELDS": _FIELDS, "_get": _get}
        _execute(_compile(source, name, "exec"), names)
        for key in names:
            if key[0] != "_":
                setattr(self, key, names[key])
        self._name = name
    def __getattr__(self, name):
        raise AttributeError("the engine's %s has no %s" % (self._name, name))

_sources = {}
_modules = {"math": _math}

def _import(name, globals_=None, locals_=None, names=None, level=0):
    if level == 0 and name in _modules:
        found = _modules[name]
    elif level == 0 and name in _sources:
        found = _modules[name] = _Module(name, _sources[name])
    else:
        raise ImportError("%s cannot be imported: math, numpy, typing and dataclasses can" % name)
    if names and "*" in names and name != "math":
        raise ImportError("import the names that you need from %s instead of *" % name)
    return found

def _denied(name):
    def stand_in(*args, **named):
        raise NameError("%s is not available to a strategy" % name)
    return stand_in

_own = {"__name__": "strategy"}
_strategy = None
_symbols = []
_histories = {}
_given = {}

def _source(name, text):
    _sources[name] = text

def _prepare(indicators, host):
    global _host
    _host = host
    _execute(_compile(indicators, "indicators", "exec"), globals())
    for name in globals():
        if name.startswith("calculate_"):
            setattr(_builtins, name, globals()[name])
    for name in ("open", "exec", "eval", "compile", "execfile", "getattr", "globals", "locals", "input", "help", "__repl_print__"):
        setattr(_builtins, name, _denied(name))
    _builtins.__import__ = _import
    _gc.threshold(_GARBAGE_LEAST)

_GARBAGE_LEAST = 262144

def _fields(name, names):
    _FIELDS[name] = names.split(",")

_copied = (True, True, True, True)

def _copy(prices, closes, volumes, timestamps):
    global _copied
    _copied = (prices, closes, volumes, timestamps)

def _symbol(name):
    _symbols.append(name)

_text = None

def _read(code):
    global _text
    _text = _compile(code, "strategy.py", "exec")

def _load():
    global _text
    text = _text
    _text = None
    _execute(text, _own)

def _give(name, value):
    _given[name] = value

def _give_json(name, text):
    _given[name] = _json.loads(text)

def _build(name):
    global _strategy
    _strategy = _own[name](**_given)

def _garbage(amount):
    _gc.threshold(amount)

def _tick(symbol, time, price, volume, position, open, high, low, bid, ask):
    history = _histories.get(symbol)
    if history is None:
        history = _histories[symbol] = ([], [], [])
    prices, volumes, times = history
    prices.append(price)
    volumes.append(volume)
    times.append(time)
    if len(prices) > ${HISTORY_EVENTS}:
        del prices[0]
        del volumes[0]
        del times[0]
    answer = _strategy.generate_signal({
        "symbol": _symbols[symbol],
        "price": price,
        "volume": volume,
        "timestamp": time,
        "position": position,
        "open": open,
        "high": high,
        "low": low,
        "bid": bid,
        "ask": ask,
        "prices": prices[:] if _copied[0] else prices,
        "closes": prices[:] if _copied[1] else prices,
        "volumes": volumes[:] if _copied[2] else volumes,
        "timestamps": times[:] if _copied[3] else times,
    })
    if answer is None or answer == "HOLD":
        return None
    if answer == "BUY":
        return 1.0
    if answer == "SELL":
        return -1.0
    return _decoded(answer)

_ACTIONS = ("BUY", "SELL", "HOLD")

def _decoded(answer):
    if isinstance(answer, str):
        return "generate_signal returned '%s'; it returns 'BUY', 'SELL', 'HOLD' or None" % answer[:40]
    if not isinstance(answer, dict):
        return "generate_signal returned a value of type %s; it returns 'BUY', 'SELL', 'HOLD', None or {'action': …, 'confidence': …}" % type(answer).__name__
    action = answer.get("action")
    confidence = answer.get("confidence", 1.0)
    if not isinstance(action, str) or action not in _ACTIONS:
        return "generate_signal returned a dict whose 'action' is not 'BUY', 'SELL' or 'HOLD'"
    if isinstance(confidence, bool) or not isinstance(confidence, (int, float)) or not 0 <= confidence <= 1:
        return "generate_signal returned a dict whose 'confidence' is not a number from 0 to 1"
    if action == "HOLD":
        return None
    return float(confidence) if action == "BUY" else -float(confidence)
`;
