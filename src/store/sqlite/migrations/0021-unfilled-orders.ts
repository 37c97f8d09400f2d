// So that a list of a strategy's orders that were not filled does not walk those of all others. A fill writes nothing into it.
export const UNFILLED_ORDERS = `
CREATE INDEX orders_unfilled_by_strategy ON orders (strategy_id, state, position)
WHERE state IN ('cancelled', 'rejected', 'expired');
`;
