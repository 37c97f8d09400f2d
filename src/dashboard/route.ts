// Where the reader is: the part of the address behind the #, so that every view can be bookmarked and sent to somebody.
import { signal } from "@preact/signals";

export interface Place {
  readonly page: string;
  /** What the page shows of it, e.g. an execution; null: its list. */
  readonly item: string | null;
}

export const place = signal<Place>(read());

function read(): Place {
  const [page = "", item = ""] = location.hash.replace(/^#\/?/, "").split("/");
  return { page: page === "" ? "overview" : page, item: item === "" ? null : decoded(item) };
}

/** What somebody typed may be no encoding at all; then it is meant as it stands. */
function decoded(item: string): string {
  try {
    return decodeURIComponent(item);
  } catch {
    return item;
  }
}

addEventListener("hashchange", () => {
  place.value = read();
  scrollTo(0, 0);
});

export function href(page: string, item?: string): string {
  return item === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(item)}`;
}
