import '@xyflow/react/dist/style.css';
import { Background, type Edge, type Node, Position, ReactFlow, useEdgesState, useNodesState } from '@xyflow/react';
import { type CSSProperties, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { FlowDocument } from '#runtime/flow.ts';

/** What the bench measures against: React Flow's own nodes and wires, sized, only the visible ones, and nothing else. */

const WIDTH = 256;
/** As the product draws them. */
const heightOf = (type: string): number => (type === 'core.branch' ? 96 : 64);
const stepOf = (end: string): string => end.split('.')[0] ?? '';
/** Where the canvas lies in the page it is compared with. */
const place = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

function nodesOf(flow: FlowDocument): Node[] {
  return flow.nodes.map((node) => {
    const size = { width: WIDTH, height: heightOf(node.type) };
    const handle = { width: 6, height: 6, y: size.height / 2 - 3 };
    return {
      id: node.id,
      position: node.at,
      data: { label: node.title },
      sourcePosition: Position.Right,
      targetPosition: Position.Left,
      ...size,
      measured: size,
      handles: [
        { type: 'target' as const, position: Position.Left, x: -3, ...handle },
        { type: 'source' as const, position: Position.Right, x: WIDTH - 3, ...handle },
      ],
    };
  });
}

function edgesOf(flow: FlowDocument): Edge[] {
  return flow.wires.map(({ from, to }) => ({
    id: `${from}>${to}`,
    source: stepOf(from),
    target: stepOf(to),
  }));
}

function Drawing({ flow }: { readonly flow: FlowDocument }) {
  const [nodes, , onNodesChange] = useNodesState(nodesOf(flow));
  const [edges, , onEdgesChange] = useEdgesState(edgesOf(flow));
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      onNodesChange={onNodesChange}
      onEdgesChange={onEdgesChange}
      onInit={(instance) => Object.assign(window, { drawing: instance })}
      onlyRenderVisibleElements
      panOnDrag={[1, 2]}
      panOnScroll
      snapToGrid
      snapGrid={[8, 8]}
      minZoom={0.1}
      maxZoom={2}
      fitView
    >
      <Background />
    </ReactFlow>
  );
}

function Page() {
  const [flow, setFlow] = useState<FlowDocument>();
  useEffect(() => {
    void fetch('/data.json')
      .then((answer) => answer.json())
      .then(setFlow);
  }, []);
  const style = { position: 'fixed', left: 0, top: 0, right: 0, bottom: 0, ...place } as CSSProperties;
  return <div style={style}>{flow && <Drawing flow={flow} />}</div>;
}

const root = document.getElementById('root');
if (root) createRoot(root).render(<Page />);
