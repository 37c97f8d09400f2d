// What is wrong with a file of the history. Thrown by readers, because a run cannot go on without its data; the message
// names the file and says what to do.
export class HistoryFault extends Error {
  readonly file: string;

  constructor(file: string, what: string, remedy: string) {
    super(`${file}: ${what}; ${remedy}`);
    this.name = "HistoryFault";
    this.file = file;
  }
}

export const IMPORT_AGAIN = "delete the dataset and import it again";
