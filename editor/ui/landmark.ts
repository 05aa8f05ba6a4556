/** The landmark of the page's own content: what floats over it belongs there, too, for those who go from landmark to landmark. */
export const pageLandmark = (): HTMLElement | undefined => document.getElementById('content') ?? undefined;
