import { getNodesBounds, getViewportForBounds, useStoreApi, type Viewport } from '@xyflow/react';
import { type RefObject, useLayoutEffect, useState } from 'react';
import type { Element, WireElement } from './elements.ts';
import { FAR, type FIT, type FIT_SHOWN, LEAST_ZOOM, MOST_ZOOM } from './fit.ts';

interface Wish {
  readonly fit: typeof FIT | typeof FIT_SHOWN;
  /** What is looked for; absent: everything. */
  readonly focus: readonly string[] | undefined;
}

/** The whole flow, or what is looked for, so near that it can be read. */
function viewOf(nodes: Element[], { fit, focus = [] }: Wish, width: number, height: number): Viewport {
  const wanted = nodes.filter(({ id }) => focus.includes(id));
  const [shown, least] = wanted.length > 0 ? [wanted, FAR] : [nodes, LEAST_ZOOM];
  if (shown.length === 0 || width === 0 || height === 0) return { x: 0, y: 0, zoom: 1 };
  return getViewportForBounds(getNodesBounds(shown), width, height, least, fit.maxZoom, fit.padding);
}

/**
 * Where the drawing begins; undefined until the room for it is measured. React Flow would draw what lies in the middle at full
 * size, measure it, and draw everything anew where it fits. Here sizes and ports are known from the flow, so that it is told
 * before where to begin and never measures: what it finds of a step seen from afar, which shows no ports, would be wrong.
 */
export function useFirstView(room: RefObject<HTMLElement | null>, nodes: Element[], wish: Wish): Viewport | undefined {
  const store = useStoreApi<Element, WireElement>();
  const [view, setView] = useState<Viewport>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is seen first is decided once
  useLayoutEffect(() => {
    const width = room.current?.offsetWidth ?? 0;
    const height = room.current?.offsetHeight ?? 0;
    const { x, y, zoom } = viewOf(nodes, wish, width, height);
    const range = { minZoom: LEAST_ZOOM, maxZoom: MOST_ZOOM };
    store.setState({ width, height, transform: [x, y, zoom], ...range, updateNodeInternals: () => undefined });
    setView({ x, y, zoom });
  }, []);
  return view;
}
