// What a strategy sees of the market at an event. One object for the whole life of the module: read it, do not keep it.
// Prices are in the symbol's price unit, sizes in units, times in microseconds since 1970.
export class Market {
  /** Index of the symbol among those that the strategy trades, from 0. */
  symbol: u32 = 0;
  time: f64 = 0;
  /** Price of the trade, close of the bar, middle of the quote. */
  price: f64 = 0;
  /** Of the trade or bar; 0 at a quote. */
  volume: f64 = 0;
  /** Of the bar; of a trade all three are its price. */
  open: f64 = 0;
  high: f64 = 0;
  low: f64 = 0;
  /** Best prices and sizes, 0 while none has come. */
  bid: f64 = 0;
  ask: f64 = 0;
  bidSize: f64 = 0;
  askSize: f64 = 0;
  /** Units held of the symbol by this execution: above 0 long, below 0 short. */
  position: f64 = 0;
  /** Events of this symbol so far, this one included. */
  count: u32 = 0;
}
