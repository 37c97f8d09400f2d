// The verdict over the best set of a sweep.
export const SWEEP_VERDICTS = `
ALTER TABLE sweeps ADD COLUMN verdict TEXT CHECK (verdict IS NULL OR json_type(verdict) = 'object');
`;
