// Parameters of a strategy: declared once at the top of the file, set by whoever runs it before the strategy begins.
//   const PERIOD = parameter("period", 14, 2, 500, "samples of the RSI");
export class Parameter {
  readonly name: string;
  readonly standard: f64;
  readonly least: f64;
  readonly most: f64;
  readonly meaning: string;
  value: f64;

  constructor(name: string, standard: f64, least: f64, most: f64, meaning: string) {
    this.name = name;
    this.standard = standard;
    this.least = least;
    this.most = most;
    this.meaning = meaning;
    this.value = standard;
  }
}

export const PARAMETERS: Parameter[] = [];

/** `standard` is the value where nothing is given; `least` and `most` bound what may be given. */
export function parameter(name: string, standard: f64, least: f64, most: f64, meaning: string): Parameter {
  const made = new Parameter(name, standard, least, most, meaning);
  PARAMETERS.push(made);
  return made;
}
