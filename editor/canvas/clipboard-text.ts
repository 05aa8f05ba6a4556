/** The clipboard is read from a menu in secure pages only, and where the browser has it at all. */
export const NO_PASTE = (): boolean => navigator.clipboard?.readText === undefined;

/** Puts text on the clipboard; resolves with whether it is there. */
export async function putText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return putTextByEvent(text);
  }
}

/** The way of pages on plain http: the browser's own copying, with our text in place of what is marked. */
function putTextByEvent(text: string): boolean {
  const put = (event: ClipboardEvent): void => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener('copy', put, { capture: true, once: true });
  const done = document.execCommand('copy');
  document.removeEventListener('copy', put, { capture: true });
  return done;
}

/** What is on the clipboard; null where the person or the browser does not let us look. */
export async function takeText(): Promise<string | null> {
  try {
    return await navigator.clipboard.readText();
  } catch {
    return null;
  }
}
