import { useEffect, useMemo, useState } from 'react';
import type { CheckContext } from '#runtime/check.ts';
import type { FlowDocument, FlowNode } from '#runtime/flow.ts';
import type { Problem } from '#runtime/protocol.ts';
import type { StepWords } from '../../flows/step-words.ts';
import { whenIdle } from '../../state/when-idle.ts';
import type { Session } from '../session.ts';

export const loadChecking = () => import('./checking.ts');
type Checking = Awaited<ReturnType<typeof loadChecking>>;

/** Milliseconds after the last edit; a drag or a word is checked when it is done. */
const PAUSE_MS = 250;

/** What only the server can tell: it knows the connections and what their systems cannot do. */
const SERVERS_OWN: ReadonlySet<string> = new Set([
  'UNSUPPORTED',
  'PACKAGE_NEEDED',
  'CONNECTION_MISSING',
  'CONFIG_INVALID',
  'UNSIGNED_CALLS',
]);

/** Whether two states of a flow differ in nothing but where steps stand, which is never right or wrong. */
export function onlyMoved(one: FlowDocument, other: FlowDocument): boolean {
  if (one === other) return true;
  if (one.nodes.length !== other.nodes.length) return false;
  if (!sameParts({ ...one, nodes: null }, { ...other, nodes: null })) return false;
  return one.nodes.every((node, index) => {
    const now = other.nodes[index] as FlowNode;
    return node === now || sameParts({ ...node, at: null }, { ...now, at: null });
  });
}

/** Edits keep the very same objects for what they do not change. */
function sameParts(one: object, other: object): boolean {
  const parts = Object.entries(other);
  const before = new Map(Object.entries(one));
  return parts.length === before.size && parts.every(([name, part]) => Object.is(before.get(name), part));
}

const NONE: NonNullable<StepWords['shapes']> = new Map();

const keyOf = ({ code, step, field, wire }: Problem): string => `${code} ${step ?? ''} ${field ?? ''} ${wire ?? ''}`;

/** What the server said, for as long as the flow is the one it said it of; after that what the page sees, and what of it may still hold. */
export function problemsNow(
  page: readonly Problem[],
  server: { readonly problems: readonly Problem[]; readonly document: FlowDocument },
  flow: FlowDocument,
): readonly Problem[] {
  if (server.document === flow) return server.problems;
  const then = new Map(server.document.nodes.map((node) => [node.id, node]));
  const unchanged = new Set(
    flow.nodes
      .filter((node) => {
        const old = then.get(node.id);
        return (
          old !== undefined &&
          (old === node || JSON.stringify({ ...old, at: 0 }) === JSON.stringify({ ...node, at: 0 }))
        );
      })
      .map((node) => node.id),
  );
  const known = new Set(page.map(keyOf));
  const still = server.problems.filter(
    (problem) =>
      SERVERS_OWN.has(problem.code) &&
      problem.step !== undefined &&
      unchanged.has(problem.step) &&
      !known.has(keyOf(problem)),
  );
  return [...page, ...still];
}

/** What checks a flow here; fetched when the flow is drawn, until when what the server said of it stands. */
function useChecking(): Checking | undefined {
  const [checking, setChecking] = useState<Checking>();
  useEffect(() => {
    let there = true;
    const stop = whenIdle(() => {
      void loadChecking().then(
        (loaded) => there && setChecking(() => loaded),
        // without it, the server says at the next save what is wrong
        () => undefined,
      );
    });
    return () => {
      there = false;
      stop();
    };
  }, []);
  return checking;
}

/** Everything wrong with the flow as it is at this moment. Whoever asks is told when that has changed, not of every edit. */
export function useProblems(
  session: Session,
  around: Pick<StepWords, 'nodes' | 'shapes'> &
    Pick<CheckContext, 'package'> & { readonly ready: CheckContext['ready'] | undefined },
  server: { readonly problems: readonly Problem[]; readonly document: FlowDocument },
): readonly Problem[] {
  const { nodes: manifests, shapes = NONE, package: owned, ready } = around;
  const [checked, setChecked] = useState(session.flow);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(
        () => setChecked((before) => (onlyMoved(before, session.flow()) ? before : session.flow())),
        PAUSE_MS,
      );
    };
    later();
    const stop = session.store.subscribe((state, before) => {
      if (state.history.present !== before.history.present) later();
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [session]);
  const checking = useChecking();
  const catalog = useMemo(() => manifests && checking?.pageCatalog(manifests, shapes), [checking, manifests, shapes]);
  const isServers = useMemo(() => onlyMoved(server.document, checked), [server.document, checked]);
  const found = useMemo(() => {
    if (isServers || !checking || !catalog) return undefined;
    const context = { catalog, package: owned, connections: null, ...(ready ? { ready } : {}) };
    return checking.check(checked, context);
  }, [isServers, checking, catalog, checked, owned, ready]);
  return useMemo(() => (found ? problemsNow(found, server, checked) : server.problems), [found, server, checked]);
}
