import { ReactFlowProvider } from '@xyflow/react';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Package } from '#runtime/package.ts';
import type { Problem } from '#runtime/protocol.ts';
import type { StepWords } from '../flows/step-words.ts';
import { FlowCanvas } from './view/flow-canvas.tsx';
import { useElements } from './view/use-elements.ts';

const NONE: ReadonlySet<string> = new Set();

interface ReadingCanvasProps {
  readonly flow: FlowDocument;
  readonly words: StepWords;
  readonly package: Package;
  readonly problems: readonly Problem[];
}

function Picture(props: ReadingCanvasProps) {
  const { nodes, edges } = useElements({ ...props, selected: NONE, wires: NONE, current: null, readOnly: true });
  return <FlowCanvas nodes={nodes} edges={edges} words={props.words} actions={null} />;
}

/** The canvas for those who look: the same drawing, nothing to take hold of. */
export function ReadingCanvas(props: ReadingCanvasProps) {
  return (
    <ReactFlowProvider>
      <Picture {...props} />
    </ReactFlowProvider>
  );
}
