import { useId, useMemo } from 'react';

const CELL = 13;
const COLUMNS = 72;
const ROWS = 51;
const WIDTH = COLUMNS * CELL;
const HEIGHT = 912;
const FELL = ROWS * CELL;

/** Whether a band of the given half width passes over the cell. */
function inBand(x: number, y: number, middle: number, swing: number, crest: number, half: number): boolean {
  const centre = middle + swing * Math.cos(((x - crest) / 452) * Math.PI);
  return Math.abs(y - centre) < half;
}

/** The two bands cross twice: indigo passes over on the left, under on the right. Every fifth thread binds. */
function floatAt(column: number, row: number): 'indigo' | 'ink' | undefined {
  if ((column + row * 3) % 5 === 0) return undefined;
  const x = column * CELL;
  const y = row * CELL;
  const indigo = inBand(x, y, 310, 165, 348, 62);
  const ink = inBand(x, y, 330, -148, 353, 40);
  if (indigo && (!ink || x < 330)) return 'indigo';
  return ink ? 'ink' : undefined;
}

interface Floats {
  indigo: string;
  ink: string;
  /** What lies under the floats is hidden by them. */
  cover: string;
}

function weave(): Floats {
  const floats: Floats = { indigo: '', ink: '', cover: '' };
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const yarn = floatAt(column, row);
      if (!yarn) continue;
      let length = 1;
      while (column + length < COLUMNS && floatAt(column + length, row) === yarn) length++;
      const [x, y] = [column * CELL, row * CELL + CELL / 2];
      floats[yarn] += `M${x + 1} ${y}h${length * CELL - 2}`;
      floats.cover += `M${x} ${y}h${length * CELL}`;
      column += length - 1;
    }
  }
  for (let column = 0; column < COLUMNS; column += 2) floats.indigo += `M${column * CELL + 11} ${FELL + CELL / 2}h17`;
  return floats;
}

/** The picture beside the sign-in: a plain weave with two bands of floats that swing past each other; below it the warp still waits. */
export function Cloth() {
  const floats = useMemo(weave, []);
  const id = useId();
  return (
    <div className="cloth" aria-hidden="true">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="xMinYMin slice" aria-hidden="true">
        <defs>
          <pattern id={`${id}plain`} width={2 * CELL} height={2 * CELL} patternUnits="userSpaceOnUse">
            <path className="warp" d="M6.500 1v11M19.500 14v11" />
            <path className="weft" d="M14 6.500h11M1 19.500h11" />
          </pattern>
          <pattern id={`${id}warp`} width={CELL} height={CELL} patternUnits="userSpaceOnUse">
            <path className="warp" d="M6.500 0v13" />
          </pattern>
        </defs>
        <rect width={WIDTH} height={FELL} fill={`url(#${id}plain)`} />
        <rect y={FELL} width={WIDTH} height={HEIGHT - FELL} fill={`url(#${id}warp)`} />
        <path className="cover" d={floats.cover} />
        <path className="ink" d={floats.ink} />
        <path className="indigo" d={floats.indigo} />
      </svg>
    </div>
  );
}
