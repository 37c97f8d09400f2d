import { expect, it } from "vitest";
import {
  ASSET_TYPES,
  assetTypeCode,
  assetTypeName,
  guessAssetType,
  type AssetType,
} from "../../../../src/domain/asset-type.ts";

const CASES: Readonly<Record<AssetType, string>> = {
  crypto:
    "BTCUSD BTC-USD BTC/USDT ETHBTC XRP_ETH DEMO-BTC/USDT DEMO-STETH/USDT BTCUSDT 1000PEPEUSDT XBTUSD SOL-PERP BTC-PERPETUAL ETHUSD_PERP BTC LTCEUR FOO/USDT BTC_USDT.SWAP",
  forex: "EURUSD EUR/USD EUR-USD EUR_USD GBPJPY USDMXN AUDNZD USD/CNH",
  indices: "SPX US500 NAS100 DJI VIX DAX FTSE100 NIKKEI HSI NQH26 ESZ5 US30USD",
  commodities: "XAUUSD XAU/USD XAGEUR WTI BRENT USOIL GOLD CLZ6 GCM26 NATGAS XAU BRENT/USD",
  stocks: "AAPL MSFT BRK.B GOOG SPY BF.B TSLA A META SHEL.L LINK",
};

it("guesses the type from the name", () => {
  for (const type of ASSET_TYPES) {
    for (const symbol of CASES[type].split(" ")) expect([symbol, guessAssetType(symbol)]).toEqual([symbol, type]);
  }
});

it("has a code for every type and back", () => {
  for (const type of ASSET_TYPES) expect(assetTypeName(assetTypeCode(type))).toBe(type);
});
