/** `ean-check 1.0.0 3f2a9c…` without the digest, which says nothing to people. */
export const programName = (program: string): string => program.replace(/ [0-9a-f]{12}$/, '');
