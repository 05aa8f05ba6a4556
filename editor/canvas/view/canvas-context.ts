import { createContext, useContext } from 'react';
import type { StepWords } from '../../flows/step-words.ts';
import type { Point } from '../edit/step-edits.ts';
import type { OpenEnd } from '../graph/rules.ts';

/** What parts of the drawing can ask for; null where the flow is only shown. */
export interface CanvasActions {
  /** Something to join an open end to; `screen` is where the wish was made. */
  readonly addTo: (end: OpenEnd, screen: Point) => void;
  readonly addInto: (wire: string, screen: Point) => void;
  readonly removeWire: (wire: string) => void;
  /** Shows one box in place of its steps, or its steps again. */
  readonly toggleGroup: (id: string) => void;
  readonly renameGroup: (id: string, title: string) => void;
  readonly writeNote: (id: string, text: string) => void;
  /** Nobody writes in it any more. */
  readonly wroteNote: () => void;
}

export interface CanvasSurroundings {
  readonly words: StepWords;
  readonly actions: CanvasActions | null;
  /** So small that only outlines can be told apart. */
  readonly far: boolean;
  /** A wire is being held over: the key of the one a dropped step would go into. */
  readonly target: string | null;
  /** The note somebody has asked to write in. */
  readonly writing: string | null;
}

export const CanvasContext = createContext<CanvasSurroundings | null>(null);

export function useCanvas(): CanvasSurroundings {
  const surroundings = useContext(CanvasContext);
  if (!surroundings) throw new Error('outside a canvas');
  return surroundings;
}
