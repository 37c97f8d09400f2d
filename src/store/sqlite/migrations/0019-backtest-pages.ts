// The page of a finished run, gzipped, beside its result: too large to come with every list.
export const BACKTEST_PAGES = `
CREATE TABLE backtest_pages (
  position INTEGER PRIMARY KEY,
  page BLOB NOT NULL
) STRICT;
`;
