import { builtInConnectors, builtInNodes } from '#nodes/index.ts';
import { createCatalog } from '#runtime/catalog.ts';

/** What this Weft has built in. */
export const catalog = createCatalog(builtInNodes, builtInConnectors);
