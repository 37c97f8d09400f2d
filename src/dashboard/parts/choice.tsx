// One of a few words.
import { words } from "../format.ts";

interface FilterProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly T[];
  readonly choose: (value: T) => void;
}

/** Beside a title: its label is for those who do not see where it stands. */
export function Filter<T extends string>({ label, value, options, choose }: FilterProps<T>) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={({ currentTarget }) => {
        const found = options.find((one) => one === currentTarget.value);
        if (found !== undefined) choose(found);
      }}
    >
      {options.map((one) => (
        <option key={one} value={one}>
          {words(one)}
        </option>
      ))}
    </select>
  );
}
