/** Room for the tools at the left and the zoom below. */
export const FIT = {
  padding: { left: '72px', right: '40px' as `${number}px`, top: '48px', bottom: '64px' },
  maxZoom: 1,
} as const;
