/** Room for the tools at the left and the zoom below. */
export const FIT = {
  padding: { left: '72px', right: '40px' as `${number}px`, top: '48px', bottom: '64px' },
  maxZoom: 1,
} as const;

/** Where there are no tools to leave room for. */
export const FIT_SHOWN = {
  padding: { left: '24px', right: '24px' as `${number}px`, top: '48px', bottom: '32px' },
  maxZoom: 1,
} as const;

/** Of a drawing. */
export const LEAST_ZOOM = 0.1;
export const MOST_ZOOM = 2;

/** Below it steps are shown as blocks, without words or ports. */
export const FAR = 0.4;
