const PRIME = 0x01000193;

/** A short name for a text: the same for the same text, and told apart from others of its length by 64 bits (FNV-1a twice). */
export function fingerprint(text: string): string {
  let one = 0x811c9dc5;
  let other = 0x01234567;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    one = Math.imul(one ^ code, PRIME);
    other = Math.imul(other ^ code, PRIME);
  }
  return `${(one >>> 0).toString(16)}${(other >>> 0).toString(16)}-${text.length}`;
}
