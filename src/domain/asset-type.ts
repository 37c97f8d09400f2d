// The five asset types and the guess from a symbol's name where the sender gives none. Tables, first match wins:
// crypto pairs, forex pairs, indices, commodities, and everything else is a stock.
import * as layout from "../../assembly/layout.ts";

export const ASSET_TYPES = ["crypto", "forex", "indices", "commodities", "stocks"] as const;
export type AssetType = (typeof ASSET_TYPES)[number];

const CODES: Readonly<Record<AssetType, number>> = {
  crypto: layout.ASSET_CRYPTO,
  forex: layout.ASSET_FOREX,
  indices: layout.ASSET_INDICES,
  commodities: layout.ASSET_COMMODITIES,
  stocks: layout.ASSET_STOCKS,
};
const NAMES: ReadonlyMap<number, AssetType> = new Map(ASSET_TYPES.map((name) => [CODES[name], name]));

export function assetTypeCode(name: AssetType): number {
  return CODES[name];
}
/** Name of an ASSET_ code; a symbol always has one. */
export function assetTypeName(code: number): AssetType {
  return NAMES.get(code) ?? "stocks";
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}

/** Coins with a market of their own; a pair of one of them with a quote currency is crypto. */
const COINS = words(
  "BTC XBT ETH SOL XRP ADA DOGE DOT AVAX MATIC POL LTC BCH ETC LINK UNI ATOM XLM XMR ZEC DASH TRX NEO EOS IOTA XTZ NXT " +
    "ALGO FIL NEAR APT ARB OP SUI SEI TON SHIB PEPE BNB AAVE MKR CRV COMP SNX YFI SUSHI GRT RUNE INJ STX IMX FTM EGLD " +
    "KSM WBTC STETH ICP HBAR VET THETA SAND MANA AXS CHZ ENJ BAT ZRX LRC KAVA WLD TIA JUP PYTH BONK WIF FET RNDR LDO",
);
/** Coins that are meant even when they stand alone; the other names are stock tickers as well. */
const MAJORS = words("BTC XBT ETH XRP LTC BCH DOGE ADA BNB XMR SHIB USDT USDC");
/** Stable coins: whatever is quoted in them is crypto. */
const STABLE = words("USDT USDC BUSD TUSD DAI FDUSD USDP UST PYUSD");
const CURRENCIES = words(
  "USD EUR GBP JPY CHF AUD NZD CAD SEK NOK DKK PLN CZK HUF TRY ZAR MXN BRL CNY CNH HKD SGD INR KRW THB ILS RUB RON TWD " +
    "IDR PHP MYR CLP COP AED SAR",
);
const INDICES = words(
  "SPX SPX500 SP500 US500 GSPC NDX NDX100 NAS100 US100 IXIC NASDAQ DJI DJIA US30 WS30 RUT US2000 RTY VIX DAX DE30 DE40 " +
    "GER30 GER40 FTSE FTSE100 UK100 CAC CAC40 FR40 FCHI STOXX STOXX50 EU50 ESTX50 NI225 N225 NIKKEI NKY JP225 HSI HK50 " +
    "HSCEI AS51 AU200 ASX200 KOSPI KS11 NIFTY NIFTY50 SENSEX IBOV IBEX IBEX35 ES35 AEX SMI MIB FTSEMIB TSX OMX DXY " +
    "SHCOMP CSI300 CN50 NQ YM FDAX FESX",
);
const METALS = words("XAU XAG XPT XPD XCU");
const COMMODITIES = words(
  "GOLD SILVER PLATINUM PALLADIUM COPPER OIL WTI BRENT USOIL UKOIL CRUDE NATGAS NGAS GAS GASOLINE WHEAT CORN SOYBEAN " +
    "SOYBEANS COFFEE COCOA SUGAR COTTON CATTLE HOGS LUMBER ALUMINIUM ALUMINUM ZINC NICKEL LEAD TIN IRON URANIUM",
);
/** Roots of futures: a commodity when followed by =F, a month letter and a year, or alone with a dash. */
const COMMODITY_ROOTS = words("CL BZ NG GC SI HG PL PA ZC ZW ZS ZM ZL KC CC SB CT LE HE RB HO");
const INDEX_ROOTS = words("ES NQ YM RTY MES MNQ FDAX FESX");
const FUTURE = /^([A-Z]{2,4}?)([FGHJKMNQUVXZ]\d{1,2})$/;

/** Futures and perpetual markers that stand behind a pair. */
const SUFFIX = /[-_./](PERP|SWAP|SPOT|FUT|P)$/;
const DEMO = /^DEMO[-_/]/;

/** The guess; always the same for the same name. */
export function guessAssetType(symbol: string): AssetType {
  const name = symbol.replace(DEMO, "").replace(SUFFIX, "");
  const marked = name !== symbol;
  const pair = splitPair(name);
  if (pair) {
    const [base, quote] = pair;
    if (METALS.has(base) || COMMODITIES.has(base)) return "commodities";
    if (INDICES.has(base)) return "indices";
    if (STABLE.has(quote) || STABLE.has(base) || COINS.has(base) || COINS.has(quote)) return "crypto";
    if (CURRENCIES.has(base) && CURRENCIES.has(quote)) return "forex";
  }
  if (MAJORS.has(name) || (marked && COINS.has(name))) return "crypto";
  if (INDICES.has(name)) return "indices";
  if (COMMODITIES.has(name) || METALS.has(name)) return "commodities";
  const future = FUTURE.exec(name)?.[1] ?? "";
  if (COMMODITY_ROOTS.has(future)) return "commodities";
  if (INDEX_ROOTS.has(future)) return "indices";
  return "stocks";
}

/** Base and quote: by a separator, else by the longest quote currency that the name ends with. */
function splitPair(name: string): readonly [string, string] | null {
  const parts = name.split(/[-_./]/);
  if (parts.length > 1) {
    const [base = "", quote = ""] = parts;
    return [base, quote];
  }
  for (const length of [5, 4, 3]) {
    const quote = name.slice(-length);
    const base = name.slice(0, -length);
    if (base.length < 2 || !(STABLE.has(quote) || CURRENCIES.has(quote) || COINS.has(quote))) continue;
    if (known(base) || STABLE.has(quote)) return [base, quote];
  }
  return null;
}
function known(base: string): boolean {
  return (
    COINS.has(base) ||
    CURRENCIES.has(base) ||
    STABLE.has(base) ||
    METALS.has(base) ||
    COMMODITIES.has(base) ||
    INDICES.has(base)
  );
}

/**
 * The two currencies (coins, stable coins, currencies, metals) of a spot pair; null when the name is none, or a future
 * or perpetual. Those of the demo market are currencies of their own.
 */
export function currencyPair(symbol: string): readonly [base: string, quote: string] | null {
  const name = symbol.replace(DEMO, "");
  const pair = SUFFIX.test(name) ? null : splitPair(name);
  if (pair === null || !pair.every(isCurrency) || pair[0] === pair[1]) return null;
  const prefix = name === symbol ? "" : "DEMO-";
  return [prefix + pair[0], prefix + pair[1]];
}
function isCurrency(name: string): boolean {
  return COINS.has(name) || CURRENCIES.has(name) || STABLE.has(name) || METALS.has(name);
}
