// For tests beside a strategy, in the interpreter's own Python: a market that is made up event by event, and what the
// strategy decided on it. `Trial` and `near` are builtins while tests run, and the strategy's file can be imported.
import { HISTORY_EVENTS } from "./protocol.ts";

export const TRIAL = `
class Trial:
    def __init__(self, strategy, symbol="BTCUSD"):
        self.strategy = strategy
        self.symbol = symbol
        self.price = 100.0
        self.position = 0.0
        self.time = 1735689600.0
        self.events = 0
        self.buys = 0
        self.sells = 0
        self.confidence = 0.0
        self.bought = False
        self.sold = False
        self.silent = True
        self._prices = []
        self._volumes = []
        self._times = []

    def tick(self, price, volume=1.0):
        return self._event(float(price), float(volume), price, price, price, 0.0, 0.0)

    def bar(self, open, high, low, close, volume=1.0):
        return self._event(float(close), float(volume), open, high, low, 0.0, 0.0)

    def quote(self, bid, ask):
        price = (bid + ask) / 2
        return self._event(price, 0.0, price, price, price, bid, ask)

    def move(self, count, share):
        for _ in range(count):
            self.tick(self.price * (1 + share))
        return self

    def hold(self, position):
        self.position = float(position)
        return self

    def _event(self, price, volume, open, high, low, bid, ask):
        self.events += 1
        self.price = price
        self.time += 60.0
        for values, value in ((self._prices, price), (self._volumes, volume), (self._times, self.time)):
            values.append(value)
            if len(values) > ${HISTORY_EVENTS}:
                del values[0]
        answer = self.strategy.generate_signal({
            "symbol": self.symbol,
            "price": price,
            "volume": volume,
            "timestamp": self.time,
            "position": self.position,
            "open": float(open),
            "high": float(high),
            "low": float(low),
            "bid": float(bid),
            "ask": float(ask),
            "prices": self._prices[:],
            "closes": self._prices[:],
            "volumes": self._volumes[:],
            "timestamps": self._times[:],
        })
        action = answer.get("action") if isinstance(answer, dict) else answer
        said = None if action is None or action == "HOLD" else _decoded(answer if isinstance(answer, dict) else {"action": answer})
        if isinstance(said, str):
            raise ValueError(_decoded(answer))
        self.bought = said is not None and action == "BUY"
        self.sold = said is not None and action == "SELL"
        self.silent = said is None
        self.confidence = 0.0 if said is None else abs(said)
        self.buys += 1 if self.bought else 0
        self.sells += 1 if self.sold else 0
        return self

def near(found, wanted, what="the value", tolerance=1e-9):
    if not abs(found - wanted) <= tolerance * max(1.0, abs(wanted)):
        raise AssertionError("%s is %s and should be %s" % (what, found, wanted))

_builtins.Trial = Trial
_builtins.near = near

class _Beside:
    def __getattr__(self, name):
        if name not in _own or name[:2] == "__":
            raise AttributeError("strategy.py has no %s" % name)
        return _own[name]

_tests = None
_tests_text = None

def _read_tests(text):
    global _tests_text
    _tests_text = _compile(text, "strategy_test.py", "exec")

def _load_tests():
    global _tests
    _tests = {"__name__": "strategy_test"}
    _modules["strategy"] = _Beside()
    _execute(_tests_text, _tests)

def _run_test(name):
    if (_own if _tests is None else _tests)[name]() is not None:
        raise AssertionError("%s gives something back, or has a yield; a test gives nothing back" % name)
`;
