/** Only ways inside this page: `//elsewhere.example` and `/\elsewhere` lead out of it in browsers. */
export function innerAddress(to: string | undefined): string {
  return to && /^\/(?![/\\])/.test(to) ? to : '/';
}
