import { queryOptions } from '@tanstack/react-query';
import { needTexts } from '../i18n.ts';

/**
 * What a flow is drawn with, fetched like what is drawn. Left to `lazy`, it would be shown as missing for a moment though it is
 * there, and React shows nothing in its place for a third of a second, so that nothing flickers.
 */
export const drawingCode = queryOptions({
  queryKey: ['drawing-code'],
  queryFn: async () => {
    const [page] = await Promise.all([import('../canvas/editor-page.tsx'), needTexts('canvas')]);
    return { Editor: page.Editor };
  },
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
  structuralSharing: false,
  networkMode: 'always',
});
