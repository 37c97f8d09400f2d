// What the editor begins with: a whole strategy that passes the first tests.
export const EXAMPLE = `class MeanReversion:
    """Buys when the price has fallen far for its own noise, sells when it has risen far."""

    def __init__(self):
        self.period = 14
        self.oversold = 30
        self.overbought = 70

    def generate_signal(self, market_data):
        prices = market_data["prices"]
        if len(prices) <= self.period:
            return {"action": "HOLD"}
        rsi = calculate_rsi(prices, self.period)
        if rsi < self.oversold:
            return {"action": "BUY", "confidence": 0.7}
        if rsi > self.overbought:
            return {"action": "SELL", "confidence": 0.7}
        return {"action": "HOLD"}
`;
