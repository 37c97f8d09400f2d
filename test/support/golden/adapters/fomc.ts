// Facts read from the text of policy statements. The engine is handed numbers (events of kind `rates` and `macro`) and
// reads no prose: there is nothing in it that these cases could be put to.
import { NotApplicable, type Adapter } from "../adapter.ts";

export const fomc: readonly Adapter[] = [
  {
    call: /^target range read from the statement text$/,
    answer: () => {
      throw new NotApplicable("the engine takes policy rates as numbers and reads no statements");
    },
  },
];
