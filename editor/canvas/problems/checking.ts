export { check } from '#runtime/check.ts';
export { pageCatalog } from './page-catalog.ts';
