/** Texts that come again and again: one string for all of them. */

/** Longer texts are seldom the same. */
const LONGEST = 24;

/** Places, a power of 2. */
const PLACES = 512;

/** What a column's cells were lately: of a cell that is one of those no text is made anew, and its hash is known to maps. */
export class KnownTexts {
  private readonly texts: string[] = new Array(PLACES).fill("");

  /** The text that is `start` to `end` of another. */
  slice(text: string, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return "";
    if (length > LONGEST) return text.slice(start, end);
    let hash = length;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    const known = this.texts[place];
    if (known.length === length && isAt(known, text, start)) return known;
    const found = text.slice(start, end);
    this.texts[place] = found;
    return found;
  }
}

function isAt(known: string, text: string, start: number): boolean {
  for (let at = 0; at < known.length; at++) if (known.charCodeAt(at) !== text.charCodeAt(start + at)) return false;
  return true;
}
