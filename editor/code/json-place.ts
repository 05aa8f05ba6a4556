import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';

type Node = ReturnType<typeof syntaxTree>['topNode'];

function keyOf(state: EditorState, property: Node): string | undefined {
  const name = property.getChild('PropertyName');
  if (!name) return undefined;
  try {
    return JSON.parse(state.sliceDoc(name.from, name.to)) as string;
  } catch {
    return undefined;
  }
}

const isValue = ({ name }: Node): boolean => /^(Object|Array|String|Number|True|False|Null)$/.test(name);

function valuesOf(node: Node): Node[] {
  const found: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) if (isValue(child)) found.push(child);
  return found;
}

/** Where in a JSON text the value at a path stands, or the nearest thing around it that is there. */
export function jsonPlace(
  state: EditorState,
  path: readonly PropertyKey[],
): { readonly from: number; readonly to: number } {
  let node = valuesOf(syntaxTree(state).topNode)[0];
  let place = { from: node?.from ?? 0, to: Math.min((node?.from ?? 0) + 1, state.doc.length) };
  for (const part of path) {
    if (!node) return place;
    const property: Node | undefined =
      typeof part === 'number'
        ? valuesOf(node)[part]
        : node.getChildren('Property').find((each) => keyOf(state, each) === String(part));
    if (!property) return place;
    const name = property.getChild('PropertyName');
    place = name
      ? { from: name.from, to: name.to }
      : { from: property.from, to: Math.min(property.from + 1, property.to) };
    node = property.name === 'Property' ? valuesOf(property).at(-1) : property;
  }
  return place;
}
