/** Gives the keys back to the drawing, or to the outline where that is what one sees. */
export function focusDrawing(): void {
  document.querySelector<HTMLElement>('.editor :is(.canvas-box, .outline-view)')?.focus({ preventScroll: true });
}
