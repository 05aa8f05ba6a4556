/** What lies over the page and takes its keys. By its role a notice in the corner is a dialog too, and it is in nobody's way. */
export const OPEN_DIALOG = '[role="dialog"]:not(.toast)';
