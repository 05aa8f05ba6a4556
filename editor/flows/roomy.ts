/** Narrower than this nobody draws; one reads. */
export const ROOMY = '(min-width: 768px)';
