/** Who writes for the business in a chat export: only a person can tell. */

export interface Author {
  readonly name: string;
  readonly messages: number;
}

/** Asks for the names of the business; null when the file is not to be read. */
export type AskAuthors = (file: string, authors: readonly Author[]) => Promise<readonly string[] | null>;

/** A question about one file. */
export interface AuthorQuestion {
  readonly file: string;
  readonly authors: readonly Author[];
  readonly answer: (names: readonly string[] | null) => void;
}

class Asking {
  question = $state.raw<AuthorQuestion | null>(null);

  readonly ask: AskAuthors = (file, authors) =>
    new Promise((resolve) => {
      this.question = {
        file,
        authors,
        answer: (names) => {
          this.question = null;
          resolve(names);
        },
      };
    });
}

/** The one question of the page, shown by `AuthorDialog`. */
export const asking = new Asking();
