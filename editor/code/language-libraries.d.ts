declare module 'virtual:language-libraries' {
  /** By file name, such as `lib.es5.d.ts`. */
  export const libraries: Readonly<Record<string, string>>;
}

/** TypeScript as it runs in a browser; the package has its types elsewhere. */
declare module '@ts-morph/common/dist/typescript.js' {
  import { ts } from '@ts-morph/common';

  export = ts;
}
