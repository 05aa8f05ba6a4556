import '@xyflow/react/dist/base.css';
import '../../style/canvas.css';
import { type AriaLabelConfig, MiniMap, ReactFlow, type ReactFlowProps, useStore } from '@xyflow/react';
import { type ReactNode, type RefObject, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { StepWords } from '../../flows/step-words.ts';
import { kindOf } from '../../ui/tile.tsx';
import { GRID } from '../graph/place.ts';
import { type CanvasActions, CanvasContext } from './canvas-context.ts';
import { Dots } from './dots.tsx';
import type { Element, WireElement } from './elements.ts';
import { FAR, FIT, FIT_SHOWN, LEAST_ZOOM, MOST_ZOOM } from './fit.ts';
import { FrameNode } from './frame-node.tsx';
import { NoteNode } from './note-node.tsx';
import { StepNode } from './step-node.tsx';
import { useFirstView } from './use-first-view.ts';
import { WireEdge } from './wire-edge.tsx';

const nodeTypes = { step: StepNode, frame: FrameNode, note: NoteNode };
const edgeTypes = { wire: WireEdge };

const NEAR = 0.5;
const SNAP: [number, number] = [GRID, GRID];

/** The texts React Flow brings are English; these stand in their place. */
function useAria(): Partial<AriaLabelConfig> {
  const { t } = useTranslation();
  return useMemo(
    () => ({
      'node.a11yDescription.default': t('canvas.aria.step'),
      'node.a11yDescription.keyboardDisabled': t('canvas.aria.step'),
      'node.a11yDescription.ariaLiveMessage': () => '',
      'edge.a11yDescription.default': t('canvas.aria.wire'),
      'minimap.ariaLabel': t('canvas.minimap'),
      'handle.ariaLabel': t('canvas.aria.port'),
    }),
    [t],
  );
}

function colourOf(node: Element): string {
  if (node.type === 'frame' && node.data.collapsed) return 'var(--border-control)';
  if (node.type !== 'step') return 'transparent';
  return `var(--k-${kindOf(node.data.manifest)})`;
}

/** While the drawing is moved it is a layer of its own, which only is shifted; it is drawn anew when it stands still. */
function layerOf(box: RefObject<HTMLDivElement | null>) {
  return {
    // not when it starts: the end of a movement is told a moment later, and then the next one may have started already
    onMove: () => box.current?.toggleAttribute('data-moving', true),
    onMoveEnd: () => box.current?.toggleAttribute('data-moving', false),
  };
}

type Handlers = Omit<ReactFlowProps<Element, WireElement>, 'nodes' | 'edges' | 'children'>;

interface FlowCanvasProps {
  readonly nodes: Element[];
  readonly edges: WireElement[];
  readonly words: StepWords;
  readonly actions: CanvasActions | null;
  readonly target?: string | null;
  readonly writing?: string | null;
  readonly minimap?: boolean;
  /** Shown first; absent: everything. */
  readonly focus?: readonly string[];
  /** Hold: nothing snaps. */
  readonly free?: boolean;
  readonly handlers?: Handlers;
  readonly children?: ReactNode;
}

const SHOWN_ONLY: Handlers = {
  nodesDraggable: false,
  nodesConnectable: false,
  elementsSelectable: false,
  panOnDrag: true,
};

/** The flow as a picture one can move about in; with handlers, one that can be edited. */
export function FlowCanvas(props: FlowCanvasProps) {
  const {
    nodes,
    edges,
    words,
    actions,
    target = null,
    writing = null,
    minimap = false,
    free = false,
    focus,
    handlers = SHOWN_ONLY,
  } = props;
  const box = useRef<HTMLDivElement>(null);
  const moving = useMemo(() => layerOf(box), []);
  const detail = useStore(({ transform }) => (transform[2] < FAR ? 'far' : transform[2] < NEAR ? 'middle' : 'near'));
  const far = detail === 'far';
  const view = useFirstView(box, nodes, { fit: handlers === SHOWN_ONLY ? FIT_SHOWN : FIT, focus });
  const surroundings = useMemo(
    () => ({ words, actions, far, target, writing }),
    [words, actions, far, target, writing],
  );
  const aria = useAria();
  if (!view) return <div ref={box} className="size-full" />;
  return (
    <CanvasContext value={surroundings}>
      <ReactFlow<Element, WireElement>
        ref={box}
        {...moving}
        className={`canvas ${detail}`}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onlyRenderVisibleElements
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        snapToGrid={!free}
        snapGrid={SNAP}
        minZoom={LEAST_ZOOM}
        maxZoom={MOST_ZOOM}
        defaultViewport={view}
        panOnScroll
        zoomOnDoubleClick={false}
        elevateNodesOnSelect={false}
        ariaLabelConfig={aria}
        attributionPosition="bottom-right"
        {...handlers}
        // too small to be taken hold of
        edgesReconnectable={!far && (handlers.edgesReconnectable ?? false)}
      >
        {!far && <Dots />}
        {minimap && (
          <MiniMap<Element> pannable zoomable position="bottom-left" nodeColor={colourOf} className="minimap" />
        )}
        {props.children}
      </ReactFlow>
    </CanvasContext>
  );
}
